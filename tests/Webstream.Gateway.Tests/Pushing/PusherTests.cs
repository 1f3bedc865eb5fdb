using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.Pushing;
using Webstream.Gateway.Streams;
using Webstream.Gateway.Tests.Streams;
using Webstream.Grains;
using Webstream.Grains.History;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Pushing;

/// <summary>The loop that joins deadline, attempts and outcomes. It runs between doubles, on a clock of the test's own.</summary>
public sealed class PusherTests : IDisposable
{
    private static readonly PushRequest Request = new(TestMessages.Stream, [new() { Message = "a" }]);

    private readonly FakeTimeProvider time = new();
    private readonly FakeLogger<Pusher> logger = new();
    private readonly ClusterConnection connection = new();
    private readonly RegistryRig rig;
    private readonly Pusher pusher;

    public PusherTests()
    {
        rig = new(time);
        pusher = new(rig.Registry, connection, Options.Create(new PushOptions()), new(new(new(time), TestMessages.Meters())), time, logger);
    }

    [Fact]
    public async Task Push_ThatIsAnswered_IsOneCallAndItsReceipt()
    {
        rig.Grain.Push(4);

        var receipt = await PushAsync();

        (receipt.FirstId, receipt.Duplicate).ShouldBe((new(0xe1, 5), false));
        rig.Grain.PushCalls.ShouldHaveSingleItem();
        logger.LatestRecord.Message.ShouldContain("Active clients: 0");
    }

    [Fact]
    public async Task Push_WhoseOwnerHangs_IsAskedAgainAfterASecondWithTheSameKey()
    {
        var hung = new TaskCompletionSource();
        rig.Grain.BeforePush = () => rig.Grain.PushCalls.Count == 1 ? hung.Task : Task.CompletedTask;

        var receipt = await PushAsync();

        receipt.FirstId.Sequence.ShouldBe(1);
        rig.Grain.PushCalls.Select(call => call[0].Key).Distinct().ShouldHaveSingleItem();
        rig.Grain.PushCalls.Count.ShouldBe(2);
        hung.SetResult();
    }

    [Fact]
    public async Task Push_NobodyAnswers_IsNotKnownAndItsKeyIsTold()
    {
        rig.Grain.BeforePush = () => Task.FromException(new TimeoutException("No silo."));

        var told = await Should.ThrowAsync<WebstreamException>(PushAsync());

        told.Error.ShouldBe(WebstreamError.Unknown);
        told.IdempotencyKey.ShouldBe(rig.Grain.PushCalls.First()[0].Key);
        rig.Grain.PushCalls.Count.ShouldBeGreaterThan(3);
    }

    [Fact]
    public async Task Push_ThatOneOwnerDidNotAnswerAndTheOthersRefused_IsNotKnown()
    {
        var hung = new TaskCompletionSource();
        rig.Grain.BeforePush = () => rig.Grain.PushCalls.Count == 1
            ? hung.Task
            : Task.FromException(new HistoryAwayException("The log is away.", maybeIn: false));

        var told = await Should.ThrowAsync<WebstreamException>(PushAsync());

        told.Error.ShouldBe(WebstreamError.Unknown);
        rig.Grain.PushCalls.Count.ShouldBeGreaterThan(2);
        hung.SetResult();
    }

    [Fact]
    public async Task Push_WhileNoSiloIsThere_AsksNobodyAndWasNotPushed()
    {
        connection.Changed(connected: 0, recovered: false);

        (await Should.ThrowAsync<WebstreamException>(PushAsync())).Error.ShouldBe(WebstreamError.Unavailable);

        rig.Grain.PushCalls.ShouldBeEmpty();
    }

    [Fact]
    public async Task Push_WhenASiloComesBackInTime_GoesIn()
    {
        connection.Changed(connected: 0, recovered: false);
        var push = pusher.PushAsync(Request, CancellationToken.None);
        time.Advance(TimeSpan.FromSeconds(1));
        connection.Changed(connected: 1, recovered: true);

        (await ElapseAsync(push)).FirstId.Sequence.ShouldBe(1);
    }

    [Fact]
    public async Task Outage_OfManyPushes_IsToldWhenItBeginsAndWhenItIsOver()
    {
        rig.Grain.Outcome = PushOutcome.Unavailable;
        for (var i = 0; i < 3; i++)
        {
            (await Should.ThrowAsync<WebstreamException>(PushAsync())).Error.ShouldBe(WebstreamError.Unavailable);
        }

        rig.Grain.Outcome = PushOutcome.Accepted;
        await PushAsync();

        logger.Collector.GetSnapshot().Select(line => line.Level).ShouldBe([LogLevel.Warning, LogLevel.Information, LogLevel.Information]);
    }

    [Fact]
    public async Task Push_ThatIsRefusedForGood_IsNoOutage()
    {
        rig.Grain.Outcome = PushOutcome.Full;

        (await Should.ThrowAsync<WebstreamException>(PushAsync())).Message.ShouldContain("Webstream__Log__MaxStreams");

        rig.Grain.PushCalls.ShouldHaveSingleItem();
        logger.Collector.Count.ShouldBe(0);
    }

    public void Dispose() => rig.Dispose();

    private Task<PushReceipt> PushAsync() => ElapseAsync(pusher.PushAsync(Request, TestContext.Current.CancellationToken));

    // Advances the clock for as long as the push waits.
    private async Task<PushReceipt> ElapseAsync(Task<PushReceipt> push)
    {
        await Until.TrueAsync(() => push.IsCompleted, () => time.Advance(TimeSpan.FromMilliseconds(50)));
        return await push;
    }
}
