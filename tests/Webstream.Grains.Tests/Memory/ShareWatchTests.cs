using Microsoft.Extensions.Time.Testing;
using Webstream.Grains.Memory;

namespace Webstream.Grains.Tests.Memory;

public sealed class ShareWatchTests : IAsyncLifetime
{
    private readonly FakeTimeProvider time = new();
    private readonly MemoryBudget budget;
    private readonly MemoryReturn memory;
    private readonly ShareWatch watch;
    private int collections;

    public ShareWatchTests()
    {
        budget = Budgets.Of(memory: new() { Bodies = 1000, Held = 1000 });
        memory = new(time, () => collections++);
        watch = new(budget, memory, time);
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

        (collections > 0).ShouldBe(collects);
    }

    [Fact]
    public void Share_ThatFell_IsLookedAfterTwiceAndThenLeftAlone()
    {
        Use(budget.Bodies, 800);
        Use(budget.Bodies, -800);
        collections.ShouldBe(1);

        Pass(60);

        collections.ShouldBe(2);
    }

    [Fact]
    public void Share_ThatRisesAndFallsAgain_IsLookedAfterAgain()
    {
        Use(budget.Held, 800);
        Use(budget.Held, -800);
        Pass(60);
        var before = collections;

        Use(budget.Held, 800);
        collections.ShouldBe(before);
        Use(budget.Held, -800);

        collections.ShouldBe(before + 1);
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
            // The clock calls a timer that was set within a step only in the next one.
            time.Advance(TimeSpan.FromMilliseconds(1));
        }
    }
}
