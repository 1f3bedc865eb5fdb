using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Webstream.Grains.History;
using Webstream.Grains.Memory;
using Webstream.Grains.Presence;
using Webstream.Grains.Streams;
using Webstream.Grains.Tests.History;
using Webstream.Grains.Tests.Memory;

namespace Webstream.Grains.Tests.Streams;

public class OwnerLifeTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider time = new();
    private readonly MemoryShare memory = Budgets.Share(limit: 10_000);
    private readonly IdempotencyWindow keys;
    private readonly IStreamHistory log;
    private readonly StreamState state;
    private readonly PresenceLeases presence;

    public OwnerLifeTests()
    {
        keys = new(memory);
        log = new InMemoryStreamHistories(Options.Create(new HistoryOptions()), Budgets.Of(), time).LogOf(StreamName.Main);
        state = new(StreamName.Main, new(), keys, Budgets.Share(), time);
        presence = new(Lease, time);
    }

    [Fact]
    public void TryStepDown_Twice_IsOverOnce()
    {
        var life = Life();

        (life.TryStepDown(), life.TryStepDown()).ShouldBe((true, false));

        (life.IsOver, life.IsLeaving).ShouldBe((true, false));
    }

    [Fact]
    public void TryLeaveUnused_OwnerThatNobodyNeeds_Leaves()
    {
        var life = Life();

        life.TryLeaveUnused().ShouldBeTrue();

        (life.IsOver, life.IsLeaving).ShouldBe((true, true));
        life.TryLeaveUnused().ShouldBeFalse();
        life.TryStepDown().ShouldBeFalse();
    }

    [Fact]
    public async Task TryLeaveUnused_OwnerWithHistory_Stays()
    {
        await AppendAsync();

        Life().TryLeaveUnused().ShouldBeFalse();
    }

    [Fact]
    public void TryLeaveUnused_WhileAPushWaits_Stays()
    {
        var life = Life();
        state.Offer(Pushes.Of("a"), 1);

        life.TryLeaveUnused().ShouldBeFalse();
        state.AbandonWaiting();
        life.TryLeaveUnused().ShouldBeTrue();
    }

    [Fact]
    public void TryLeaveUnused_WhileAGatewayNeedsTheStream_Stays()
    {
        var life = Life();
        Listen();

        life.TryLeaveUnused().ShouldBeFalse();
        time.Advance(Lease);
        life.TryLeaveUnused().ShouldBeTrue();
    }

    [Fact]
    public async Task TryLeaveForMemory_OfAStreamThatIsQuietForAMinute_LeavesOnlyWhileMemoryIsShort()
    {
        await AppendAsync();
        var life = Life();
        time.Advance(OwnerLife.IdleWhenMemoryIsShort);
        life.TryLeaveForMemory().ShouldBeFalse();

        memory.Take(memory.Limit);

        (life.TryLeaveForMemory(), life.IsLeaving).ShouldBe((true, true));
    }

    [Fact]
    public async Task TryLeaveForMemory_OfAStreamThatWasPushedToJustNow_Stays()
    {
        await AppendAsync();
        memory.Take(memory.Limit);
        time.Advance(OwnerLife.IdleWhenMemoryIsShort - TimeSpan.FromTicks(1));

        Life().TryLeaveForMemory().ShouldBeFalse();
    }

    [Fact]
    public async Task TryLeaveForMemory_WithListeners_Stays()
    {
        await AppendAsync();
        memory.Take(memory.Limit);
        time.Advance(OwnerLife.IdleWhenMemoryIsShort);
        Listen();

        Life().TryLeaveForMemory().ShouldBeFalse();
    }

    [Fact]
    public async Task TryLeaveForMemory_WhereTheHistoryWouldGoWithTheOwner_Stays()
    {
        await AppendAsync();
        memory.Take(memory.Limit);
        time.Advance(OwnerLife.IdleWhenMemoryIsShort);

        Life(diesWithSilo: true).TryLeaveForMemory().ShouldBeFalse();
    }

    [Fact]
    public void TryLeaveForMemory_BeyondTheShare_ForgetsKeysThatAreOldEnough()
    {
        keys.Remember(new("old", 1, 1, 1, time.GetUtcNow()));
        memory.Take(memory.Limit);
        time.Advance(IdempotencyWindow.Least + TimeSpan.FromTicks(1));

        Life(diesWithSilo: true).TryLeaveForMemory();

        keys.Count.ShouldBe(0);
    }

    private OwnerLife Life(bool diesWithSilo = false) => new(state, log, keys, presence, memory, diesWithSilo, time);

    private void Listen() => presence.Take(new("g", 1, 1, Clients: 1, Epoch: 0, Position: 0));

    private async Task AppendAsync()
    {
        await log.AppendAsync(Messages.Batch(Messages.Range(1, 1, at: time.GetUtcNow())), TestContext.Current.CancellationToken);
        state.Load(log.Range, []);
    }
}
