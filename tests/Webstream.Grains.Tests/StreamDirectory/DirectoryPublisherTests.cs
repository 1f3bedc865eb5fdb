using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Webstream.Grains.StreamDirectory;
using Webstream.Grains.Tests.Streams;

namespace Webstream.Grains.Tests.StreamDirectory;

public class DirectoryPublisherTests
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider time = new();
    private readonly SendDouble<StreamStatus> directory = new();
    private readonly DirectoryPublisher teller;
    private long head;

    public DirectoryPublisherTests() => teller = new(directory.SendAsync, Status, time, NullLogger.Instance);

    [Fact]
    public async Task Tell_FirstChange_GoesOutAtOnce()
    {
        Change();
        directory.HasNext.ShouldBeTrue();
        (await directory.NextAsync()).Content.Head.ShouldBe(1);
    }

    [Fact]
    public async Task Tell_ManyChanges_GoAsOneAtThePace()
    {
        Change();
        (await directory.NextAsync()).Answer();
        Change();
        Change();
        Change();
        time.Advance(Pace - TimeSpan.FromTicks(1));
        directory.HasNext.ShouldBeFalse();

        time.Advance(TimeSpan.FromTicks(1));

        var second = await directory.NextAsync();
        second.Content.Head.ShouldBe(4);
        second.Answer();
        time.Advance(Pace);
        directory.HasNext.ShouldBeFalse();
    }

    [Fact]
    public async Task Tell_WhileOneIsOnItsWay_WaitsForItsAnswer()
    {
        Change();
        var first = await directory.NextAsync();
        Change();
        _ = teller.TellNow();
        time.Advance(10 * Pace);
        directory.HasNext.ShouldBeFalse();

        first.Answer();

        (await directory.NextAsync()).Content.Head.ShouldBe(2);
    }

    [Fact]
    public async Task TellNow_WithinThePace_DoesNotWaitForIt()
    {
        Change();
        (await directory.NextAsync()).Answer();
        head++;
        _ = teller.TellNow();
        (await directory.NextAsync()).Content.Head.ShouldBe(2);
    }

    [Fact]
    public async Task TellNow_IsCompletedOnceTheCatalogueHasTakenWhatIsSoNow()
    {
        Change();
        var first = await directory.NextAsync();
        head++;
        var told = teller.TellNow();
        first.Answer();
        var second = await directory.NextAsync();
        told.IsCompleted.ShouldBeFalse("the first word was from before");
        second.Answer();
        await told.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        told = teller.TellNow();
        (await directory.NextAsync()).Fail();
        await told.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task TellNow_Again_StillHoldsTheNextChangeToThePace()
    {
        _ = teller.TellNow();
        (await directory.NextAsync()).Answer();
        _ = teller.TellNow();
        (await directory.NextAsync()).Answer();

        Change();
        directory.HasNext.ShouldBeFalse();
        time.Advance(Pace);
        (await directory.NextAsync()).Content.Head.ShouldBe(1);
    }

    [Fact]
    public async Task Tell_AfterAFailure_GoesOutAgain()
    {
        Change();
        (await directory.NextAsync()).Fail();
        Change();
        time.Advance(Pace);
        (await directory.NextAsync()).Content.Head.ShouldBe(2);
    }

    private void Change()
    {
        head++;
        teller.Tell();
    }

    private StreamStatus Status() => new()
    {
        Epoch = 1,
        Head = head,
        Oldest = 1,
        Clients = 0,
        Gateways = 0,
        Activation = Guid.Empty,
        Settled = true,
    };
}
