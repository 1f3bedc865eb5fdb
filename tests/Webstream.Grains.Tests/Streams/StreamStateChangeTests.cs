using Microsoft.Extensions.Time.Testing;
using Webstream.Grains.History;
using Webstream.Grains.Streams;
using Webstream.Grains.Tests.Memory;

namespace Webstream.Grains.Tests.Streams;

/// <summary>A close and a deletion in the queue, among the pushes.</summary>
public class StreamStateChangeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly FakeTimeProvider time = new();
    private readonly StreamState state;

    public StreamStateChangeTests() => state = new(StreamName.Main, new(), new IdempotencyWindow(), Budgets.Share(), time);

    [Fact]
    public async Task Close_BetweenPushes_HasItsTurn()
    {
        var before = Push("a");
        var close = state.Change(deletes: false, Patience);
        var after = Push("b");

        var batch = state.TakeBatch()!;
        batch.History.Messages.ShouldHaveSingleItem().Message.ShouldBe("a");
        state.Commit(batch);
        var end = state.TakeBatch()!;
        var mark = end.History.Messages.ShouldHaveSingleItem();
        (mark.IsEnd, mark.Id.Sequence, mark.Id.Epoch, mark.Event, end.History.Keys.Count).ShouldBe((true, 2, state.Epoch, "end", 0));
        state.Commit(end);
        state.TakeBatch().ShouldBeNull();

        (await before.Outcome, await close.Outcome, await after.Outcome).ShouldBe((PushOutcome.Accepted, PushOutcome.Accepted, PushOutcome.Closed));
        (state.Head, state.End, state.IsIdle).ShouldBe((2, 2, true));
    }

    [Fact]
    public async Task Close_Twice_ChangesNothingMore()
    {
        await CloseAsync();
        var again = state.Change(deletes: false, Patience);
        (await again.Outcome, state.AnyWaits).ShouldBe((PushOutcome.Duplicate, false));
    }

    [Fact]
    public async Task Close_TwiceInTheQueue_HasOneEnd()
    {
        Task<PushOutcome>[] closes = [state.Change(deletes: false, Patience).Outcome, state.Change(deletes: false, Patience).Outcome];
        CommitAll();
        (await closes[0], await closes[1], state.Head).ShouldBe((PushOutcome.Accepted, PushOutcome.Duplicate, 1));
    }

    [Fact]
    public async Task Offer_ToAClosedStream_KnowsWhatIsIn()
    {
        Push("a", key: "k");
        CommitAll();
        await CloseAsync();

        (await Push("a", key: "k").Outcome).ShouldBe(PushOutcome.Duplicate);
        (await Push("b", key: "k").Outcome).ShouldBe(PushOutcome.KeyReused);
        (await Push("c").Outcome).ShouldBe(PushOutcome.Closed);
        state.AnyWaits.ShouldBeFalse();
    }

    [Fact]
    public async Task Delete_InItsTurn_BeginsAnEpochOfALaterLife()
    {
        Push("a", key: "k");
        CommitAll();
        var (epoch, life) = (state.Epoch, state.Life);
        var deletion = state.Change(deletes: true, Patience);
        var after = Push("b", key: "k2");

        state.TakeBatch().ShouldBeNull();
        var taken = state.TakeDeletion()!;
        taken.Head.ShouldBe(new(epoch, 1));
        taken.Life.ShouldBeGreaterThan(life);
        Should.Throw<InvalidOperationException>(() => state.TakeBatch());
        state.Commit(taken);

        (state.Epoch, state.Head, state.Life).ShouldBe((taken.Epoch, 0, taken.Life));
        (await deletion.Outcome).ShouldBe(PushOutcome.Accepted);
        CommitAll();
        (await after.Outcome, state.Head, state.Epoch, state.Life).ShouldBe((PushOutcome.Accepted, 1, taken.Epoch, taken.Life));
        // Its keys went with the history.
        var again = Push("a", key: "k");
        CommitAll();
        (await again.Outcome).ShouldBe(PushOutcome.Accepted);
    }

    [Fact]
    public async Task Delete_OfAClosedStream_OpensItForWhatWaitsBehind()
    {
        await CloseAsync();
        state.Change(deletes: true, Patience);
        var after = Push("b");
        CommitAll();
        (await after.Outcome, state.Head, state.End).ShouldBe((PushOutcome.Accepted, 1, 0));
    }

    [Fact]
    public async Task Delete_OfAStreamWithoutMessages_IsNothing()
    {
        var deletion = state.Change(deletes: true, Patience);
        state.TakeDeletion().ShouldBeNull();
        (await deletion.Outcome, state.Epoch).ShouldBe((PushOutcome.Duplicate, 0UL));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Change_PastItsDeadline_IsNotDone(bool deletes)
    {
        Push("a");
        CommitAll();
        var change = state.Change(deletes, Patience);
        time.Advance(Patience);
        CommitAll();
        (await change.Outcome, state.Head, state.End).ShouldBe((PushOutcome.Expired, 1, 0));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task GiveUp_ChangeThatWaitsOrIsOnItsWay_IsAnswered(bool deletes)
    {
        Push("a");
        CommitAll();
        var first = state.Change(deletes, Patience);
        var second = state.Change(deletes, Patience);
        _ = (object?)state.TakeDeletion() ?? state.TakeBatch();

        state.GiveUp(maybeIn: true);

        (await first.Outcome, await second.Outcome, state.IsIdle).ShouldBe((PushOutcome.Unknown, PushOutcome.Retry, true));
    }

    [Fact]
    public void Load_HistoryOfAnOlderVersion_HasTheFirstLife()
    {
        state.Load(new(0xabc, 3, 1, time.GetUtcNow(), time.GetUtcNow()), []);
        state.Life.ShouldBe(1);
    }

    [Fact]
    public void NewEpoch_ClockSetBack_HasAHigherLifeAllTheSame()
    {
        state.Load(new(0xabc, 3, 1, time.GetUtcNow(), time.GetUtcNow(), End: 0, Life: long.MaxValue / 2), []);
        state.Change(deletes: true, Patience);
        state.TakeDeletion()!.Life.ShouldBe((long.MaxValue / 2) + 1);
    }

    private async Task CloseAsync()
    {
        var close = state.Change(deletes: false, Patience);
        CommitAll();
        (await close.Outcome).ShouldBe(PushOutcome.Accepted);
    }

    private void CommitAll()
    {
        while (state.AnyWaits)
        {
            if (state.TakeDeletion() is { } deletion)
            {
                state.Commit(deletion);
            }
            else if (state.TakeBatch() is { } batch)
            {
                state.Commit(batch);
            }
        }
    }

    private PendingPush Push(string text, string? key = null) =>
        state.Offer(new([new PushItem { Message = text }], key ?? Guid.NewGuid().ToString("N"), Patience), oldestRetained: 1);
}
