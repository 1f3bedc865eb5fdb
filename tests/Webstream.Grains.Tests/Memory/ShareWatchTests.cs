using Microsoft.Extensions.Time.Testing;
using Webstream.Grains.Memory;

namespace Webstream.Grains.Tests.Memory;

public sealed class ShareWatchTests : IAsyncLifetime
{
    private readonly FakeTimeProvider time = new();
    private readonly MemoryBudget budget;
    private readonly MemoryReturn memory;
    private readonly ShareWatch watch;
    private long allocated;
    private readonly CollectorDouble collector = new();

    public ShareWatchTests()
    {
        budget = Budgets.Of(memory: new() { Bodies = 1000, Held = 1000 });
        memory = new(time, collector);
        watch = new(budget, memory, time, () => allocated);
    }

    public async ValueTask InitializeAsync() => await watch.StartAsync(CancellationToken.None);

    [Theory]
    [InlineData(251, 99, true)]
    [InlineData(1000, 0, true)]
    [InlineData(250, 0, false)] // never more than a quarter
    [InlineData(1000, 100, false)] // a tenth is still there
    public void Share_ThatFell_HasItsMemoryGivenBack(long most, long left, bool collects)
    {
        Use(budget.Bodies, most);
        Use(budget.Bodies, left - most);

        (collector.Collections > 0).ShouldBe(collects);
    }

    [Fact]
    public void Share_ThatFell_IsLookedAfterTwiceAndThenLeftAlone()
    {
        Use(budget.Bodies, 800);
        Use(budget.Bodies, -800);
        collector.Collections.ShouldBe(1);

        Pass(60);

        collector.Collections.ShouldBe(2);
    }

    [Fact]
    public void Share_ThatRisesAndFallsAgain_IsLookedAfterAgain()
    {
        Use(budget.Held, 800);
        Use(budget.Held, -800);
        Pass(60);
        var before = collector.Collections;

        Use(budget.Held, 800);
        collector.Collections.ShouldBe(before);
        Use(budget.Held, -800);

        collector.Collections.ShouldBe(before + 1);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(AllocationWatch.Little, true)]
    [InlineData(AllocationWatch.Little + 1, false)] // Work goes on, and collects by itself.
    public void Allocations_ThatWereManyAndAreFew_HaveTheirGarbageCollectedOnce(long afterwards, bool collects)
    {
        allocated += budget.Limit / 4;
        Pass(1);
        collector.Collections.ShouldBe(0);

        for (var i = 0; i < 10; i++)
        {
            allocated += afterwards;
            Pass(1);
        }

        collector.Collections.ShouldBe(collects ? 1 : 0);
    }

    [Fact]
    public void Allocations_ThatAreFew_CollectNothing()
    {
        allocated += (budget.Limit / 4) - 1;
        Pass(60);

        collector.Collections.ShouldBe(0);
    }

    public async ValueTask DisposeAsync()
    {
        watch.Dispose();
        memory.Dispose();
    }

    private void Use(MemoryShare share, long bytes)
    {
        share.Take(bytes);
        Pass(1);
    }

    private void Pass(int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            time.Advance(ShareWatch.Period);
            // The clock calls a timer that was set within a step only in the next step.
            time.Advance(TimeSpan.FromMilliseconds(1));
        }
    }
}
