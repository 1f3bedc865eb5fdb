using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Webstream.Grains.History;
using Webstream.Grains.Streams;
using Webstream.Grains.Tests.Memory;

namespace Webstream.Grains.Tests.Streams;

/// <summary>The outcome of waiting pushes when something fails that must not fail.</summary>
public class StreamCommitterFailureTests
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(100);

    private readonly TimerClock time = new();
    private readonly AppendDouble log = new();
    private readonly FakeLogger logger = new();
    private readonly StreamState state;
    private readonly StreamCommitter committer;
    private Func<Task<bool>> makeRoom = () => Task.FromResult(false);
    private Action<HistoryBatch> committed = _ => { };
    private int lost;

    public StreamCommitterFailureTests()
    {
        state = new(StreamName.Main, new(), new IdempotencyWindow(), Budgets.Share(), time);
        committer = new(StreamName.Main, state, log, batch => committed(batch), _ => { }, () => makeRoom(), () => lost++, time, logger);
    }

    [Fact]
    public Task Append_FailsAgainAndAgainAsNobodyForesaw_EverybodyIsAnsweredAndTheOwnerStepsDown() => GrainTurns.RunAsync(async () =>
    {
        var sent = Push("sent", "a");
        var append = await log.NextAsync();
        var waiting = Push("waiting", "b");
        for (var tries = 1; tries < StreamCommitter.MaxUnforeseen; tries++)
        {
            append.Fail(new InvalidOperationException("Not foreseen."));
            await time.WaitingAsync(RetryPause);
            time.Advance(RetryPause);
            append = await log.NextAsync();
        }

        lost.ShouldBe(0);
        append.Fail(new InvalidOperationException("Not foreseen."));

        // The batch may have gone in at any of the attempts. A push that was never sent has not gone in.
        (await sent.Outcome).ShouldBe(PushOutcome.Unknown);
        (await waiting.Outcome).ShouldBe(PushOutcome.Retry);
        ShouldHaveGivenUp("Not foreseen.");
    });

    [Fact]
    public Task Append_FailsAsNobodyForesawButNotInARow_IsSentAgain() => GrainTurns.RunAsync(async () =>
    {
        var push = Push("k", "a");
        for (var i = 0; i < 2 * StreamCommitter.MaxUnforeseen; i++)
        {
            var append = await log.NextAsync();
            append.Fail(i % 2 == 0 ? new InvalidOperationException("Not foreseen.") : new HistoryAwayException("Away.", maybeIn: true));
            await time.WaitingAsync(RetryPause);
            time.Advance(RetryPause);
        }

        (await log.NextAsync()).Answer();
        (await push.Outcome).ShouldBe(PushOutcome.Accepted);
        lost.ShouldBe(0);
    });

    [Fact]
    public Task Append_WithoutAnAnswerAgainAndAgain_IsSentAgain() => GrainTurns.RunAsync(async () =>
    {
        var push = Push("k", "a");
        for (var i = 0; i < 2 * StreamCommitter.MaxUnforeseen; i++)
        {
            (await log.NextAsync()).Fail(new TimeoutException("No answer."));
            await time.WaitingAsync(RetryPause);
            time.Advance(RetryPause);
        }

        (await log.NextAsync()).Answer();
        (await push.Outcome).ShouldBe(PushOutcome.Accepted);
        lost.ShouldBe(0);
    });

    [Fact]
    public Task Committed_ThatFails_LeavesTheAcceptedAcceptedAndAnswersThoseWhoWait() => GrainTurns.RunAsync(async () =>
    {
        committed = _ => throw new InvalidOperationException("Nobody hears it.");
        var sent = Push("sent", "a");
        var append = await log.NextAsync();
        var waiting = Push("waiting", "b");
        append.Answer();

        (await sent.Outcome).ShouldBe(PushOutcome.Accepted);
        (await waiting.Outcome).ShouldBe(PushOutcome.Retry);
        ShouldHaveGivenUp("Nobody hears it.");
    });

    [Fact]
    public Task MakeRoom_ThatFails_SendsEverybodyToTheNextOwner() => GrainTurns.RunAsync(async () =>
    {
        makeRoom = () => throw new InvalidOperationException("No room.");
        var sent = Push("sent", "a");
        var append = await log.NextAsync();
        var waiting = Push("waiting", "b");
        append.Answer(AppendResult.Full);

        // A full history has accepted nothing.
        (await sent.Outcome).ShouldBe(PushOutcome.Retry);
        (await waiting.Outcome).ShouldBe(PushOutcome.Retry);
        ShouldHaveGivenUp("No room.");
    });

    [Fact]
    public Task GivenUp_WhatIsCharged_IsGivenBack() => GrainTurns.RunAsync(async () =>
    {
        committed = _ => throw new InvalidOperationException("Nobody hears it.");
        var share = Budgets.Share();
        var own = new StreamState(StreamName.Main, new(), new IdempotencyWindow(), share, time);
        var failing = new StreamCommitter(StreamName.Main, own, log, batch => committed(batch), _ => { }, () => makeRoom(), () => lost++, time, logger);
        own.Offer(Pushes.WithKey("sent", "a"), oldestRetained: 1);
        failing.Start();
        var append = await log.NextAsync();
        var waiting = own.Offer(Pushes.WithKey("waiting", "b"), oldestRetained: 1);
        append.Answer();

        await waiting.Outcome;
        (share.Used, own.IsIdle).ShouldBe((0L, true));
    });

    private PendingPush Push(string key, string text)
    {
        var push = state.Offer(Pushes.WithKey(key, text), oldestRetained: 1);
        committer.Start();
        return push;
    }

    private void ShouldHaveGivenUp(string because)
    {
        (lost, log.HasNext, state.IsIdle).ShouldBe((1, false, true));
        var told = logger.Collector.GetSnapshot().Where(entry => entry.Level == LogLevel.Critical).ShouldHaveSingleItem();
        told.Exception.ShouldNotBeNull().Message.ShouldBe(because);
        // The committer begins nothing again.
        committer.Start();
        log.HasNext.ShouldBeFalse();
    }
}
