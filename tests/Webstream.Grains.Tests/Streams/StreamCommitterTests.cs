using Microsoft.Extensions.Logging.Abstractions;
using Webstream.Grains.History;
using Webstream.Grains.Streams;
using Webstream.Grains.Tests.Memory;

namespace Webstream.Grains.Tests.Streams;

public class StreamCommitterTests
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan OverduePeriod = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(2);

    private readonly TimerClock time = new();
    private readonly AppendDouble log = new();
    private readonly List<HistoryBatch> committed = [];
    private readonly StreamState state;
    private readonly StreamCommitter committer;
    private int lost;
    private int rooms;

    public StreamCommitterTests()
    {
        state = new(StreamName.Main, new(), new IdempotencyWindow(), Budgets.Share(), time);
        committer = new(StreamName.Main, state, log, committed.Add, _ => { }, () => Task.FromResult(rooms-- > 0), () => lost++, time, NullLogger.Instance);
    }

    [Fact]
    public Task Delete_ThatMayBeDone_IsRepeatedUnchangedUntilItIsKnown() => GrainTurns.RunAsync(async () =>
    {
        var push = Push("k", "a");
        (await log.NextAsync()).Answer();
        await push.Outcome;
        var epochs = new List<ulong>();
        log.Deletions.Enqueue(epoch =>
        {
            epochs.Add(epoch);
            throw new HistoryAwayException("Away.", maybeIn: true);
        });
        log.Deletions.Enqueue(epoch =>
        {
            epochs.Add(epoch);
            return true;
        });

        var change = state.Change(deletes: true, TimeSpan.FromSeconds(30));
        committer.Start();
        await Until.TrueAsync(() => change.Outcome.IsCompleted, () => time.Advance(RetryPause));

        (await change.Outcome, state.Head, state.Epoch, lost).ShouldBe((PushOutcome.Accepted, 0, epochs[0], 0));
        epochs.ShouldBe([epochs[0], epochs[0]]);
    });

    [Fact]
    public Task Delete_OfAHistoryThatIsNotAsThisOwnerLeftIt_StepsDown() => GrainTurns.RunAsync(async () =>
    {
        var push = Push("k", "a");
        (await log.NextAsync()).Answer();
        await push.Outcome;
        log.Deletions.Enqueue(_ => false);

        var change = state.Change(deletes: true, TimeSpan.FromSeconds(30));
        committer.Start();

        (await change.Outcome, lost).ShouldBe((PushOutcome.Retry, 1));
    });

    [Fact]
    public Task Append_ToAFullLog_GoesInOnceAnotherStreamGaveWay() => GrainTurns.RunAsync(async () =>
    {
        rooms = 2;
        var push = Push("k", "a");
        var first = await log.NextAsync();
        first.Answer(AppendResult.Full);
        // The room went to another new stream.
        (await log.NextAsync()).Answer(AppendResult.Full);
        var third = await log.NextAsync();
        third.Batch.ShouldBeSameAs(first.Batch);
        third.Answer();

        (await push.Outcome).ShouldBe(PushOutcome.Accepted);
        rooms.ShouldBe(0);
    });

    [Fact]
    public Task Append_ToAFullLogWhereNoneGivesWay_IsFull() => GrainTurns.RunAsync(async () =>
    {
        var push = Push("k", "a");
        (await log.NextAsync()).Answer(AppendResult.Full);
        (await push.Outcome).ShouldBe(PushOutcome.Full);
        (committed.Count, lost, log.HasNext).ShouldBe((0, 0, false));
    });

    [Fact]
    public Task Append_SurelyNotIn_IsUnavailableAtOnceAndTheNumbersAreFree() => GrainTurns.RunAsync(async () =>
    {
        var first = Push("k", "a");
        (await log.NextAsync()).Fail(maybeIn: false);
        (await first.Outcome).ShouldBe(PushOutcome.Unavailable);

        // The same key stands for nothing, so a push with other content may have it.
        var next = Push("k", "b");
        var append = await log.NextAsync();
        append.Batch.First.ShouldBe(1);
        append.Texts.ShouldBe(["b"]);
        append.Answer();
        (await next.Outcome).ShouldBe(PushOutcome.Accepted);
        (committed.Count, lost).ShouldBe((1, 0));
    });

    [Fact]
    public Task Append_SurelyNotIn_ThoseWhoWaitHaveATryOfTheirOwn() => GrainTurns.RunAsync(async () =>
    {
        Push("k", "a");
        var first = await log.NextAsync();
        var waiting = Push("w", "b");
        first.Fail(maybeIn: false);

        var append = await log.NextAsync();
        append.Batch.First.ShouldBe(1);
        append.Texts.ShouldBe(["b"]);
        append.Answer();
        (await waiting.Outcome).ShouldBe(PushOutcome.Accepted);
    });

    [Fact]
    public Task Append_MaybeIn_IsSentAgainUnchangedUntilItIsKnown() => GrainTurns.RunAsync(async () =>
    {
        var push = Push("k", "a");
        var first = await log.NextAsync();
        var waiting = Push("w", "b");
        first.Fail(maybeIn: true);
        // That a retry surely did not go in says nothing about the first attempt.
        for (var i = 0; i < 4; i++)
        {
            var again = await AgainAsync();
            again.Batch.ShouldBeSameAs(first.Batch);
            again.Fail(maybeIn: i % 2 == 1);
        }

        var last = await AgainAsync();
        last.Batch.ShouldBeSameAs(first.Batch);
        push.Outcome.IsCompleted.ShouldBeFalse();
        last.Answer();

        (await push.Outcome).ShouldBe(PushOutcome.Accepted);
        var next = await log.NextAsync();
        next.Batch.First.ShouldBe(2);
        next.Texts.ShouldBe(["b"]);
        next.Answer();
        (await waiting.Outcome).ShouldBe(PushOutcome.Accepted);
        committed.ShouldBe([first.Batch, next.Batch]);
    });

    [Fact]
    public Task Append_FailsAsNobodyForesaw_IsTakenForMaybeIn() => GrainTurns.RunAsync(async () =>
    {
        var push = Push("k", "a");
        var first = await log.NextAsync();
        first.Fail(new InvalidOperationException("Not foreseen."));
        var again = await AgainAsync();
        again.Batch.ShouldBeSameAs(first.Batch);
        again.Answer();
        (await push.Outcome).ShouldBe(PushOutcome.Accepted);
    });

    [Fact]
    public Task Append_Hangs_TheOverdueAreToldWhatIsKnownOfThem() => GrainTurns.RunAsync(async () =>
    {
        var sent = Push("sent", "a", Short);
        var append = await log.NextAsync();
        var waiting = Push("waiting", "b", Short);
        var patient = Push("patient", "c", 10 * Short);

        await time.WaitingAsync(OverduePeriod);
        time.Advance(Short - TimeSpan.FromMilliseconds(1));
        await time.WaitingAsync(OverduePeriod);
        (sent.Outcome.IsCompleted, waiting.Outcome.IsCompleted).ShouldBe((false, false));
        time.Advance(OverduePeriod);

        (await sent.Outcome).ShouldBe(PushOutcome.Unknown);
        (await waiting.Outcome).ShouldBe(PushOutcome.Expired);
        patient.Outcome.IsCompleted.ShouldBeFalse();

        append.Answer();
        var next = await log.NextAsync();
        // A push whose pusher was told that nothing was pushed is not appended later.
        next.Batch.First.ShouldBe(2);
        next.Texts.ShouldBe(["c"]);
        next.Answer();
        (await patient.Outcome).ShouldBe(PushOutcome.Accepted);
        log.HasNext.ShouldBeFalse();
        state.Head.ShouldBe(2);
    });

    [Fact]
    public Task Append_FailsAgainAndAgain_TheOverdueAreToldWhatIsKnownOfThem() => GrainTurns.RunAsync(async () =>
    {
        var sent = Push("sent", "a", Short);
        (await log.NextAsync()).Fail(maybeIn: true);
        var again = await AgainAsync();
        var waiting = Push("waiting", "b", Short - TimeSpan.FromSeconds(1));
        time.Advance(Short);
        again.Fail(maybeIn: false);

        (await waiting.Outcome).ShouldBe(PushOutcome.Expired);
        (await sent.Outcome).ShouldBe(PushOutcome.Unknown);
    });

    [Fact]
    public Task Push_SameKeyWhileItsBatchIsOnItsWay_GetsThatOnesOutcome() => GrainTurns.RunAsync(async () =>
    {
        var first = Push("k", "a", Short);
        var append = await log.NextAsync();
        time.Advance(Short);
        (await first.Outcome).ShouldBe(PushOutcome.Unknown);

        var retry = Push("k", "a", Short);
        var (outcome, another) = (retry.Outcome, Push("k", "other", Short));
        outcome.IsCompleted.ShouldBeFalse();
        (await another.Outcome).ShouldBe(PushOutcome.KeyReused);
        append.Answer();

        (await outcome).ShouldBe(PushOutcome.Accepted);
        retry.Record!.First.ShouldBe(1);
        await TurnsAsync();
        (log.HasNext, state.Head).ShouldBe((false, 1));
    });

    [Fact]
    public Task Push_SameKeyAgainAndAgainWhileTheLogHangs_IsToldUnknownEachTime() => GrainTurns.RunAsync(async () =>
    {
        var outcome = Push("k", "a", Short).Outcome;
        var append = await log.NextAsync();
        for (var i = 0; i < 3; i++)
        {
            time.Advance(Short);
            (await outcome).ShouldBe(PushOutcome.Unknown);
            outcome = Push("k", "a", Short).Outcome;
        }

        append.Answer();
        (await outcome).ShouldBe(PushOutcome.Accepted);
        state.Head.ShouldBe(1);
    });

    [Fact]
    public Task Append_Refused_EverybodyIsSentToTheNextOwner() => GrainTurns.RunAsync(async () =>
    {
        var push = Push("k", "a");
        (await log.NextAsync()).Answer(AppendResult.Refused);
        (await push.Outcome).ShouldBe(PushOutcome.Retry);
        (lost, committed.Count, state.Head).ShouldBe((1, 0, 0));
    });

    [Fact]
    public Task Append_LogRefuses_ThePusherIsToldWhyAndTheNumbersAreFree() => GrainTurns.RunAsync(async () =>
    {
        var push = Push("k", "a");
        (await log.NextAsync()).Fail(new HistoryAwayException("Away.", maybeIn: false) { Refusal = "It is full" });
        (await push.Outcome).ShouldBe(PushOutcome.Unavailable);
        push.Refusal.ShouldBe("It is full");

        // The next push has an attempt of its own.
        var next = Push("k", "b");
        var append = await log.NextAsync();
        append.Batch.First.ShouldBe(1);
        append.Answer();
        (await next.Outcome).ShouldBe(PushOutcome.Accepted);
        (lost, next.Refusal).ShouldBe((0, null));
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task Append_LogRefusesWhatMayBeIn_IsUnknownAndNotSentAgain(bool itself) => GrainTurns.RunAsync(async () =>
    {
        var push = Push("k", "a");
        var append = await log.NextAsync();
        if (!itself)
        {
            append.Fail(maybeIn: true);
            append = await AgainAsync();
        }

        append.Fail(new HistoryAwayException("Away.", maybeIn: itself) { Refusal = "It is full" });

        (await push.Outcome).ShouldBe(PushOutcome.Unknown);
        time.Advance(10 * RetryPause);
        await TurnsAsync();
        // The numbers may be taken, so the next owner reads the history.
        (lost, log.HasNext, committed.Count).ShouldBe((1, false, 0));
    });

    [Fact]
    public Task Append_RefusedAfterItMayHaveGoneIn_IsUnknown() => GrainTurns.RunAsync(async () =>
    {
        var push = Push("k", "a");
        (await log.NextAsync()).Fail(maybeIn: true);
        (await AgainAsync()).Answer(AppendResult.Refused);
        (await push.Outcome).ShouldBe(PushOutcome.Unknown);
        (lost, committed.Count).ShouldBe((1, 0));
    });

    [Fact]
    public Task Stop_BatchOnItsWay_StillGetsItsOutcome() => GrainTurns.RunAsync(async () =>
    {
        var sent = Push("sent", "a");
        var append = await log.NextAsync();
        var waiting = Push("waiting", "b");

        committer.Stop();

        (await waiting.Outcome).ShouldBe(PushOutcome.Retry);
        sent.Outcome.IsCompleted.ShouldBeFalse();
        append.Answer();
        (await sent.Outcome).ShouldBe(PushOutcome.Accepted);
        committed.ShouldBe([append.Batch]);
        (lost, log.HasNext).ShouldBe((0, false));
    });

    [Fact]
    public Task Stop_BatchThatMayBeIn_IsUnknownAndNotSentAgain() => GrainTurns.RunAsync(async () =>
    {
        var sent = Push("sent", "a");
        var append = await log.NextAsync();
        committer.Stop();
        append.Fail(maybeIn: true);

        (await sent.Outcome).ShouldBe(PushOutcome.Unknown);
        time.Advance(10 * RetryPause);
        await TurnsAsync();
        (log.HasNext, committed.Count).ShouldBe((false, 0));
    });

    [Theory]
    [InlineData(AppendResult.OverStreams, PushOutcome.OverStreams)]
    [InlineData(AppendResult.OverBytes, PushOutcome.OverBytes)]
    [InlineData(AppendResult.FounderOverBytes, PushOutcome.FounderOverBytes)]
    public Task Append_OfABatchBeyondAQuota_IsTriedPushByPush(AppendResult over, PushOutcome outcome) => GrainTurns.RunAsync(async () =>
    {
        PendingPush[] pushes = [Push("a", "a"), Push("b", "b"), Push("c", "c")];
        var together = await log.NextAsync();
        together.Texts.ShouldBe(["a", "b", "c"]);
        var later = Push("d", "d");
        together.Answer(over);

        var alone = await log.NextAsync();
        alone.Texts.ShouldBe(["a"]);
        alone.Answer();
        alone = await log.NextAsync();
        (alone.Texts.Single(), alone.Batch.First).ShouldBe(("b", 2));
        alone.Answer(over);
        alone = await log.NextAsync();
        (alone.Texts.Single(), alone.Batch.First).ShouldBe(("c", 2));
        alone.Answer();
        var next = await log.NextAsync();
        (next.Texts.Single(), next.Batch.First).ShouldBe(("d", 3));
        next.Answer();

        (await Task.WhenAll(pushes.Append(later).Select(push => push.Outcome)))
            .ShouldBe([PushOutcome.Accepted, outcome, PushOutcome.Accepted, PushOutcome.Accepted]);
        (state.IsIdle, lost).ShouldBe((true, 0));
    });

    [Fact]
    public Task Append_OfABatchBeyondAQuota_AnswersThoseWhosePatienceEnds() => GrainTurns.RunAsync(async () =>
    {
        var (first, second) = (Push("a", "a"), Push("b", "b", Short));
        (await log.NextAsync()).Answer(AppendResult.OverBytes);
        var alone = await log.NextAsync();
        await time.WaitingAsync(OverduePeriod);
        time.Advance(Short);
        (await second.Outcome).ShouldBe(PushOutcome.Expired);
        alone.Answer();
        (await first.Outcome).ShouldBe(PushOutcome.Accepted);
        await TurnsAsync();
        (log.HasNext, state.IsIdle).ShouldBe((false, true));
    });

    [Fact]
    public Task Stop_WhileABatchIsTriedPushByPush_SendsTheRestToTheNextOwner() => GrainTurns.RunAsync(async () =>
    {
        var (first, second) = (Push("a", "a"), Push("b", "b"));
        (await log.NextAsync()).Answer(AppendResult.OverBytes);
        var alone = await log.NextAsync();
        committer.Stop();
        (await second.Outcome).ShouldBe(PushOutcome.Retry);
        alone.Answer();
        (await first.Outcome).ShouldBe(PushOutcome.Accepted);
        state.IsIdle.ShouldBeTrue();
    });

    [Fact]
    public Task Stop_BeforeTheFirstBatch_NothingIsAppendedAnyMore() => GrainTurns.RunAsync(async () =>
    {
        var push = Push("k", "a");
        committer.Stop();
        committer.Start();
        (await push.Outcome).ShouldBe(PushOutcome.Retry);
        await TurnsAsync();
        log.HasNext.ShouldBeFalse();
    });

    private PendingPush Push(string key, string text, TimeSpan? patience = null)
    {
        var push = state.Offer(Pushes.WithKey(key, text) with { Patience = patience ?? Pushes.Patience }, oldestRetained: 1);
        committer.Start();
        return push;
    }

    private async Task<AppendDouble.Call> AgainAsync()
    {
        await time.WaitingAsync(RetryPause);
        time.Advance(RetryPause);
        return await log.NextAsync();
    }

    // Lets everything that is due now have its turns.
    private static async Task TurnsAsync()
    {
        for (var i = 0; i < 20; i++)
        {
            await Task.Yield();
        }
    }
}
