using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Webstream.Grains.History;
using Webstream.Grains.Streams;
using Webstream.Grains.Tests.Hosting;

namespace Webstream.Grains.Tests.Streams;

/// <summary>A history with room for two streams.</summary>
[Collection(FakeClock.Name)]
public sealed class GiveWayTests : IAsyncLifetime
{
    private static readonly TimeSpan QuietFor = TimeSpan.FromHours(1);

    private readonly FakeTimeProvider time = new();
    private readonly WebstreamCluster cluster;
    private readonly (StreamName Quiet, StreamName Other, StreamName New) streams =
        (StreamName.Parse("quiet"), StreamName.Parse("other"), StreamName.Parse("new"));

    public GiveWayTests() => cluster = new(time, silo => silo.Services.Configure<HistoryOptions>(o => (o.MaxStreams, o.QuietFor) = (2, QuietFor)));

    public async ValueTask InitializeAsync()
    {
        await cluster.InitializeAsync();
        await Push(streams.Quiet, "q1", "q2");
        time.Advance(TimeSpan.FromMinutes(1));
        await Push(streams.Other, "o1");
    }

    public async ValueTask DisposeAsync() => await WhileTimePasses(cluster.DisposeAsync().AsTask());

    [Fact]
    public async Task Push_OfANewNameToAFullLog_TakesThePlaceOfTheQuietest()
    {
        var before = await Describe(streams.Quiet);
        time.Advance(QuietFor);

        (await Push(streams.New, "n1")).Outcome.ShouldBe(PushOutcome.Accepted);

        var after = await Describe(streams.Quiet);
        (after.HeadId, after.Oldest, after.Forgotten).ShouldBe((EventId.Zero, 1, before.Epoch));
        (await Texts(streams.Quiet)).ShouldBeEmpty();
        (await Texts(streams.Other)).ShouldBe(["o1"]);
        (await Texts(streams.New)).ShouldBe(["n1"]);
    }

    [Fact]
    public async Task Push_ToAStreamThatGaveWay_BeginsANewEpochThatKnowsTheOneBefore()
    {
        var before = await Describe(streams.Quiet);
        time.Advance(QuietFor);
        await Push(streams.New, "n1");
        time.Advance(QuietFor);

        var again = await Push(streams.Quiet, "again");

        (again.Outcome, again.First).ShouldBe((PushOutcome.Accepted, 1));
        again.Status.Epoch.ShouldNotBe(before.Epoch);
        again.Status.Forgotten.ShouldBe(before.Epoch);
        (await Texts(streams.Other)).ShouldBeEmpty();
        // This also holds for an owner that was not active.
        await WhileTimePasses(cluster.Cluster.DeactivateAsync(cluster.GrainOf(streams.Quiet)));
        (await Describe(streams.Quiet)).Forgotten.ShouldBe(before.Epoch);
    }

    [Fact]
    public async Task Push_WhileNoneHasBeenQuietForLong_IsRefusedAndNothingIsLost()
    {
        time.Advance(QuietFor - TimeSpan.FromMinutes(2));

        (await Push(streams.New, "n1")).Outcome.ShouldBe(PushOutcome.Full);

        (await Texts(streams.Quiet)).ShouldBe(["q1", "q2"]);
        (await Texts(streams.Other)).ShouldBe(["o1"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public async Task Push_WhileSomebodyNeedsTheQuietest_TakesThePlaceOfTheNext(int clients)
    {
        // This also holds without listeners: a request waits there for the next message.
        time.Advance(QuietFor + TimeSpan.FromMinutes(1));
        await Report(streams.Quiet, clients);

        (await Push(streams.New, "n1")).Outcome.ShouldBe(PushOutcome.Accepted);

        (await Texts(streams.Quiet)).ShouldBe(["q1", "q2"]);
        (await Texts(streams.Other)).ShouldBeEmpty();
        await Report(streams.New, 1);
        time.Advance(QuietFor);
        await Report(streams.Quiet, clients);
        await Report(streams.New, 1);
        (await Push(streams.Other, "o2")).Outcome.ShouldBe(PushOutcome.Full);
    }

    [Fact]
    public async Task GiveWay_OfAHeadThatHasMoved_IsRefused()
    {
        var before = await Describe(streams.Quiet);
        time.Advance(QuietFor);
        await Push(streams.Quiet, "q3");
        var pushed = await Describe(streams.Quiet);

        (await GiveWay(streams.Quiet, before)).ShouldBeFalse("somebody pushed since it was found quiet");
        (await GiveWay(streams.Quiet, pushed)).ShouldBeFalse("it is not quiet");
        (await GiveWay(streams.Quiet, pushed with { Epoch = 1 })).ShouldBeFalse();
        (await GiveWay(streams.New, StreamStatus.Unused(0))).ShouldBeFalse();

        (await Texts(streams.Quiet)).ShouldBe(["q1", "q2", "q3"]);
    }

    [Fact]
    public async Task GiveWay_WhileAPushIsOnItsWay_IsRefused()
    {
        var before = await Describe(streams.Quiet);
        time.Advance(QuietFor);
        var (begun, released) = (new TaskCompletionSource(), new TaskCompletionSource());
        cluster.Scripts[streams.Quiet] = async (_, append) =>
        {
            begun.SetResult();
            await released.Task;
            return await append();
        };
        var pushing = Push(streams.Quiet, "q3");
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        (await GiveWay(streams.Quiet, before)).ShouldBeFalse();

        released.SetResult();
        (await pushing).Outcome.ShouldBe(PushOutcome.Accepted);
        (await Texts(streams.Quiet)).ShouldBe(["q1", "q2", "q3"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Push_WhileTheStreamGivesWay_IsInTheNewHistoryOrRefused(bool forgottenFirst)
    {
        var before = await Describe(streams.Quiet);
        time.Advance(QuietFor);
        var (begun, released) = Hold(forgottenFirst);
        var decided = new TaskCompletionSource();
        cluster.Scripts[streams.Quiet] = async (_, append) =>
        {
            try
            {
                return await append();
            }
            finally
            {
                decided.TrySetResult();
            }
        };
        var givingWay = GiveWay(streams.Quiet, before);
        await begun;

        var pushing = Push(streams.Quiet, "late");
        // The history decides about the push: it accepts one of the two.
        await decided.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        released.SetResult();
        var (gaveWay, pushed) = (await givingWay, await pushing);

        gaveWay.ShouldBe(forgottenFirst);
        pushed = pushed.Outcome == PushOutcome.Retry ? await PushAgain(streams.Quiet, "late") : pushed;
        pushed.Outcome.ShouldBe(PushOutcome.Accepted);
        (await Texts(streams.Quiet)).ShouldBe(forgottenFirst ? ["late"] : ["q1", "q2", "late"]);
        pushed.Status.Forgotten.ShouldBe(forgottenFirst ? before.Epoch : 0);
    }

    [Fact]
    public async Task Report_WhileTheStreamGivesWay_IsToldWhatIsThereAfterwards()
    {
        var before = await Describe(streams.Quiet);
        time.Advance(QuietFor);
        var (begun, released) = Hold(forgottenFirst: true);
        var givingWay = GiveWay(streams.Quiet, before);
        await begun;

        var reporting = cluster.GrainOf(streams.Quiet).Report(new("late", 1, 1, 1, 0, 0));
        released.SetResult();
        (await givingWay).ShouldBeTrue();

        // The answer comes from the owner that stays for it, or from the next owner once the first has left.
        StreamStatus status;
        try
        {
            status = await reporting;
        }
        catch (InvalidOperationException)
        {
            await cluster.Cluster.WaitForDeactivationAsync(cluster.GrainOf(streams.Quiet));
            status = await cluster.GrainOf(streams.Quiet).Report(new("late", 1, 2, 1, 0, 0));
        }

        (status.HeadId, status.Forgotten, status.Clients).ShouldBe((EventId.Zero, before.Epoch, 1));
    }

    [Fact]
    public async Task Push_OfManyNewNamesToAFullLog_LooksThroughItOnceASecond()
    {
        (await Push(streams.New, "n")).Outcome.ShouldBe(PushOutcome.Full);
        var looks = cluster.Logs.Looks;

        for (var i = 0; i < 50; i++)
        {
            (await Push(StreamName.Parse($"new{i}"), "n")).Outcome.ShouldBe(PushOutcome.Full);
        }

        cluster.Logs.Looks.ShouldBe(looks);
        time.Advance(QuietStreams.Pause);
        await Push(streams.New, "n");
        cluster.Logs.Looks.ShouldBe(looks + 1);
    }

    [Fact]
    public async Task Push_ThatIsRefused_LeavesNoOwner()
    {
        var names = Enumerable.Range(0, 50).Select(i => StreamName.Parse($"new{i}")).ToArray();
        foreach (var name in names)
        {
            await Push(name, "n");
        }

        await Until.TrueAsync(() => !names.Any(cluster.HasOwner));
        cluster.HasOwner(streams.Quiet).ShouldBeTrue();
    }

    [Fact]
    public async Task GiveWay_OwnerOfAnotherStreamThatJustBegan_KnowsThatNobodyListens()
    {
        // A quiet stream whose owner was not needed for a long time: no gateway reported to it, and no silo came or went.
        var before = await Describe(streams.Quiet);
        await WhileTimePasses(cluster.Cluster.DeactivateAsync(cluster.GrainOf(streams.Quiet)));
        time.Advance(QuietFor);

        (await GiveWay(streams.Quiet, before)).ShouldBeTrue();
    }

    // The memory stream may refuse an event while its cluster starts. The owner then pauses on this clock before it tries again, and its end
    // waits for that.
    private async Task WhileTimePasses(Task ending)
    {
        await Until.TrueAsync(() => ending.IsCompleted, () => time.Advance(TimeSpan.FromMilliseconds(100)));
        await ending;
    }

    private (Task Begun, TaskCompletionSource Released) Hold(bool forgottenFirst)
    {
        var (begun, released) = (new TaskCompletionSource(), new TaskCompletionSource());
        cluster.Forgets[streams.Quiet] = async forget =>
        {
            var forgotten = forgottenFirst && await forget();
            begun.SetResult();
            await released.Task;
            return forgottenFirst ? forgotten : await forget();
        };
        return (begun.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken), released);
    }

    private async Task<PushResult> PushAgain(StreamName stream, string text)
    {
        PushResult answer = null!;
        await Until.TrueAsync(async () => (answer = await Push(stream, text)).Outcome != PushOutcome.Retry, "the owner has a successor");
        return answer;
    }

    private Task<PushResult> Push(StreamName stream, params string[] texts) => cluster.GrainOf(stream).Push(Pushes.Of(texts));

    private Task<StreamStatus> Describe(StreamName stream) => cluster.GrainOf(stream).Describe();

    private Task<bool> GiveWay(StreamName stream, StreamStatus seen) => cluster.GrainOf(stream).GiveWay(seen.Epoch, seen.Head);

    private Task<StreamStatus> Report(StreamName stream, int clients) =>
        cluster.GrainOf(stream).Report(new("gateway", 1, time.GetUtcNow().UtcTicks, clients, 0, 0));

    private async Task<string[]> Texts(StreamName stream) => [.. (await cluster.ReadAllAsync(stream)).Select(message => message.Message)];
}
