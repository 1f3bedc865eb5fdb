using Microsoft.Extensions.Time.Testing;
using Webstream.Grains.History;
using Webstream.Grains.Memory;
using Webstream.Grains.Streams;
using Webstream.Grains.Tests.Memory;

namespace Webstream.Grains.Tests.Streams;

public class StreamStateTests
{
    private static readonly StreamName Stream = StreamName.Parse("state");

    private readonly FakeTimeProvider time = new();
    private readonly PushQueueOptions options = new() { WaitingPushes = 1000 };
    private readonly MemoryShare share = Budgets.Share(limit: 10_000_000);
    private readonly StreamState state;

    public StreamStateTests() => state = new(Stream, options, new IdempotencyWindow(), share, time);

    [Fact]
    public void TakeBatch_NobodyWaits_GivesNone() => state.TakeBatch().ShouldBeNull();

    [Fact]
    public void TakeBatch_PushesThatWait_AreNumberedInTheirOrder()
    {
        Offer(Pushes.Of("a", "b"));
        Offer(Pushes.Of("c"));

        var batch = state.TakeBatch()!;

        batch.History.Messages.Select(m => (m.Id.Sequence, m.Message)).ShouldBe([(1, "a"), (2, "b"), (3, "c")]);
        batch.History.Messages.ShouldAllBe(m => m.Stream == Stream && m.Id.Epoch == batch.History.Epoch);
        batch.History.Keys.Select(k => (k.First, k.Count)).ShouldBe([(1, 2), (3, 1)]);
    }

    [Fact]
    public void TakeBatch_ItemWithAllMembers_KeepsThem()
    {
        var item = new PushItem { Message = "?", Event = "question", Source = "me", SourceVerified = true, InReplyTo = new(1, 1), Options = ["y"] };
        Offer(new([item], "key", Pushes.Patience));

        var message = state.TakeBatch()!.History.Messages.ShouldHaveSingleItem();

        (message.Message, message.Event, message.Source, message.SourceVerified, message.InReplyTo)
            .ShouldBe((item.Message, item.Event, item.Source, item.SourceVerified, item.InReplyTo));
        message.Options.ShouldBe(item.Options);
    }

    [Fact]
    public async Task Commit_Batches_AreNumberedWithoutHoles()
    {
        var expected = 1L;
        for (var round = 0; round < 5; round++)
        {
            var pushes = Enumerable.Range(0, 3).Select(i => Offer(Pushes.OfCount(i + 1))).ToArray();
            state.Commit(state.TakeBatch()!);
            foreach (var push in pushes)
            {
                (await push.Outcome).ShouldBe(PushOutcome.Accepted);
                push.Record!.First.ShouldBe(expected);
                expected = push.Record.Last + 1;
            }
        }

        state.Head.ShouldBe(30);
    }

    [Fact]
    public void TakeBatch_WhileOneIsOnItsWay_IsAMistake()
    {
        Offer(Pushes.Of("a"));
        Offer(Pushes.Of("b"));
        state.TakeBatch();
        Should.Throw<InvalidOperationException>(() => state.TakeBatch());
    }

    [Fact]
    public void TakeBatch_MoreMessagesThanABatchHolds_StopsAtTheLimit()
    {
        for (var i = 0; i < 257; i++)
        {
            Offer(Pushes.Of($"m{i}"));
        }

        Commit().History.Messages.Count.ShouldBe(256);
        Commit().History.Messages.ShouldHaveSingleItem().Id.Sequence.ShouldBe(257);
    }

    [Fact]
    public void TakeBatch_MoreBytesThanABatchHolds_StopsAtTheLimit()
    {
        var quarter = new string('x', (StreamState.MaxBatchBytes / 4) - MessageSize.Overhead);
        for (var i = 0; i < 5; i++)
        {
            Offer(Pushes.Of(quarter));
        }

        var batch = Commit();
        batch.History.Messages.Count.ShouldBe(4);
        batch.History.Messages.Sum(m => m.Size).ShouldBe(StreamState.MaxBatchBytes);
        Commit().History.Messages.Count.ShouldBe(1);
    }

    [Fact]
    public void TakeBatch_PushThatDoesNotFitAnyMore_IsNotSplitButNext()
    {
        Offer(Pushes.OfCount(200));
        Offer(Pushes.OfCount(100));
        Offer(Pushes.OfCount(10));

        Commit().History.Messages.Count.ShouldBe(200);
        Commit().History.Messages.Count.ShouldBe(110);
    }

    [Fact]
    public void TakeBatch_SinglePushAboveTheLimit_GoesAlone()
    {
        // One push may have 256 KiB of text. The weight that is counted besides comes on top.
        Offer(Pushes.Of([.. Enumerable.Repeat(new string('x', 1024), 256)]));
        Offer(Pushes.Of("next"));

        Commit().History.Messages.Count.ShouldBe(256);
        Commit().History.Messages.Count.ShouldBe(1);
    }

    [Fact]
    public async Task TakeBatch_PushWhoseTimeIsOver_IsDroppedAndNeverNumbered()
    {
        var late = Offer(Pushes.WithKey("late", "late") with { Patience = TimeSpan.FromSeconds(1) });
        time.Advance(TimeSpan.FromSeconds(1));
        var fresh = Offer(Pushes.Of("fresh"));

        Commit().History.Messages.ShouldHaveSingleItem().Message.ShouldBe("fresh");

        (await late.Outcome).ShouldBe(PushOutcome.Expired);
        late.Record.ShouldBeNull();
        (await fresh.Outcome).ShouldBe(PushOutcome.Accepted);
        fresh.Record!.First.ShouldBe(1);

        // Nothing was pushed with this key, so the key is free.
        Offer(Pushes.WithKey("late", "another text"));
        Commit().History.Messages.ShouldHaveSingleItem().Message.ShouldBe("another text");
    }

    [Fact]
    public void TakeBatch_OnlyPushesWhoseTimeIsOver_GivesNone()
    {
        Offer(Pushes.Of("late") with { Patience = TimeSpan.FromSeconds(1) });
        time.Advance(TimeSpan.FromSeconds(2));
        state.TakeBatch().ShouldBeNull();
    }

    [Fact]
    public async Task Offer_MorePushesThanMayWait_IsOverloadedUntilABatchLeaves()
    {
        options.WaitingPushes = 2;
        Offer(Pushes.Of("a"));
        Offer(Pushes.Of("b"));

        (await Offer(Pushes.Of("c")).Outcome).ShouldBe(PushOutcome.Overloaded);

        Commit().History.Messages.Count.ShouldBe(2);
        Offer(Pushes.Of("d")).Outcome.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Offer_MoreBytesThanMayWait_IsOverloadedUntilABatchLeaves()
    {
        var size = new PendingPush(Pushes.Of("text"), default).Size;
        options.WaitingBytes = 2 * size;
        Offer(Pushes.Of("text"));
        Offer(Pushes.Of("text"));

        (await Offer(Pushes.Of("t")).Outcome).ShouldBe(PushOutcome.Overloaded);

        Commit();
        Offer(Pushes.Of("text")).Outcome.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Offer_MoreThanMayWaitOverAllStreams_IsOverloadedUntilABatchIsIn()
    {
        var large = new string('x', 4_000_000);
        Offer(Pushes.Of(large));
        var used = share.Used;

        (await Offer(Pushes.Of(large)).Outcome).ShouldBe(PushOutcome.Overloaded);
        share.Used.ShouldBe(used);

        var batch = state.TakeBatch()!;
        (await Offer(Pushes.Of(large)).Outcome).ShouldBe(PushOutcome.Overloaded);
        state.Commit(batch);
        share.Used.ShouldBe(0);
        Offer(Pushes.Of(large)).Outcome.IsCompleted.ShouldBeFalse();
    }

    [Theory]
    [InlineData("abandoned")]
    [InlineData("expired before its turn")]
    [InlineData("expired while the log is slow")]
    [InlineData("left to another owner")]
    public void Used_PushThatIsNotPushed_IsGivenBack(string why)
    {
        Offer(Pushes.Of("a"));
        share.Used.ShouldBeGreaterThan(0);
        switch (why)
        {
            case "abandoned":
                state.Abandon(state.TakeBatch()!, PushOutcome.Unavailable);
                break;
            case "expired before its turn":
                time.Advance(Pushes.Patience);
                state.TakeBatch().ShouldBeNull();
                break;
            case "expired while the log is slow":
                time.Advance(Pushes.Patience);
                state.ExpireOverdue();
                break;
            default:
                state.AbandonWaiting();
                break;
        }

        share.Used.ShouldBe(0);
    }

    [Fact]
    public void Used_SamePushTwice_IsChargedOnce()
    {
        Offer(Pushes.WithKey("k", "a"));
        var once = share.Used;
        Offer(Pushes.WithKey("k", "a"));
        share.Used.ShouldBe(once);
        Commit();
        Offer(Pushes.WithKey("k", "a"));
        share.Used.ShouldBe(0);
    }

    [Fact]
    public async Task Offer_AfterOverload_TheSameKeyIsFree()
    {
        options.WaitingPushes = 1;
        Offer(Pushes.Of("a"));
        (await Offer(Pushes.WithKey("k", "b")).Outcome).ShouldBe(PushOutcome.Overloaded);
        Commit();

        var again = Offer(Pushes.WithKey("k", "b"));
        Commit();

        (await again.Outcome).ShouldBe(PushOutcome.Accepted);
    }

    [Fact]
    public void TakeBatch_ClockSetBack_KeepsTimestampsFromRunningBackwards()
    {
        var start = time.GetUtcNow();
        Offer(Pushes.Of("a"));
        Commit().History.Messages[0].Timestamp.ShouldBe(start);

        time.AdjustTime(start - TimeSpan.FromHours(1));
        Offer(Pushes.Of("b"));
        Commit().History.Messages[0].Timestamp.ShouldBe(start);

        time.AdjustTime(start + TimeSpan.FromSeconds(1));
        Offer(Pushes.Of("c"));
        Commit().History.Messages[0].Timestamp.ShouldBe(start + TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void TakeBatch_ClockBehindTheLog_GoesOnFromTheLogsTime()
    {
        var newest = time.GetUtcNow() + TimeSpan.FromMinutes(1);
        state.Load(new(5, 9, 1, newest, newest), []);
        Offer(Pushes.Of("a"));
        Commit().History.Messages[0].Timestamp.ShouldBe(newest);
    }

    [Fact]
    public void TakeBatch_Timestamps_AreCutToMicroseconds()
    {
        time.Advance(TimeSpan.FromTicks(17));
        Offer(Pushes.Of("a"));
        var timestamp = Commit().History.Messages[0].Timestamp;
        timestamp.ShouldBe(Timestamp.ToMicroseconds(time.GetUtcNow()));
        timestamp.ShouldNotBe(time.GetUtcNow());
    }

    [Fact]
    public void Epoch_BeginsWithTheFirstBatchAndStays()
    {
        state.Epoch.ShouldBe(0UL);
        Offer(Pushes.Of("a"));
        state.Epoch.ShouldBe(0UL);

        var first = state.TakeBatch()!;
        first.History.Epoch.ShouldNotBe(0UL);
        state.Epoch.ShouldBe(0UL);
        state.Commit(first);
        state.Epoch.ShouldBe(first.History.Epoch);

        Offer(Pushes.Of("b"));
        Commit().History.Epoch.ShouldBe(first.History.Epoch);
    }

    [Fact]
    public void Load_LogWithHistory_GoesOnWhereItEnds()
    {
        state.Load(new(5, 9, 1, time.GetUtcNow(), time.GetUtcNow()), []);
        Offer(Pushes.Of("a"));
        Commit().History.Messages.ShouldHaveSingleItem().Id.ShouldBe(new(5, 10));
    }

    [Fact]
    public async Task Abandon_Batch_LeavesTheNumbersAsTheyWere()
    {
        Offer(Pushes.Of("a"));
        Commit();
        var (epoch, head) = (state.Epoch, state.Head);
        var push = Offer(Pushes.WithKey("k", "b"));

        state.Abandon(state.TakeBatch()!, PushOutcome.Retry);

        (await push.Outcome).ShouldBe(PushOutcome.Retry);
        (state.Epoch, state.Head).ShouldBe((epoch, head));
        // The key stands for nothing, and the number goes to the next push.
        Offer(Pushes.WithKey("k", "c"));
        Commit().History.Messages.ShouldHaveSingleItem().Id.ShouldBe(new(epoch, head + 1));
    }

    [Fact]
    public void Abandon_FirstBatch_BeginsNoEpoch()
    {
        Offer(Pushes.Of("a"));
        state.Abandon(state.TakeBatch()!, PushOutcome.Overloaded);
        (state.Epoch, state.Head).ShouldBe((0UL, 0L));
    }

    [Fact]
    public async Task AbandonWaiting_AllWhoWait_AreToldToAskAgain()
    {
        var first = Offer(Pushes.Of("a"));
        var second = Offer(Pushes.Of("b"));

        state.AbandonWaiting();

        (await first.Outcome).ShouldBe(PushOutcome.Retry);
        (await second.Outcome).ShouldBe(PushOutcome.Retry);
        state.TakeBatch().ShouldBeNull();
    }

    private PendingPush Offer(PushCommand command) => state.Offer(command, oldestRetained: 1);

    private CommitBatch Commit()
    {
        var batch = state.TakeBatch()!;
        state.Commit(batch);
        return batch;
    }
}
