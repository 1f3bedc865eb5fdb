using Microsoft.Extensions.Time.Testing;
using Webstream.Grains.Memory;

namespace Webstream.Grains.Tests.Memory;

public sealed class MemoryReturnTests : IDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly MemoryReturn memory;
    private readonly CollectorDouble collector = new();

    public MemoryReturnTests() => memory = new(time, collector);

    [Fact]
    public void Ask_TheFirstTime_CollectsAtOnce()
    {
        memory.Ask();
        time.Advance(TimeSpan.FromMilliseconds(1));

        collector.Collections.ShouldBe(1);
    }

    [Fact]
    public void Ask_AllTheTime_CollectsOnceAPause()
    {
        for (var tenths = 0; tenths < 590; tenths++)
        {
            memory.Ask();
            time.Advance(TimeSpan.FromSeconds(0.1));
        }

        collector.Collections.ShouldBe(3);
    }

    [Fact]
    public void Ask_ShortlyAfterACollection_IsServedWhenThePauseIsOverAndOnce()
    {
        memory.Ask();
        time.Advance(TimeSpan.FromSeconds(1));
        memory.Ask();
        memory.Ask();

        time.Advance(MemoryReturn.Pause - TimeSpan.FromSeconds(2));
        collector.Collections.ShouldBe(1);

        time.Advance(TimeSpan.FromHours(1));
        collector.Collections.ShouldBe(2);
    }

    [Theory]
    [InlineData(MemoryReturn.LittleAlive, 1, 1)]
    [InlineData(MemoryReturn.LittleAlive + 1, 2, 0)] // Nobody waits for a large heap to be moved.
    public void Ask_WithLittleAliveAfterwards_HasTheRestGivenToTheSystem(long alive, int collections, int compactions)
    {
        collector.Alive = alive;
        memory.Ask();
        time.Advance(TimeSpan.FromMilliseconds(1));
        collector.Compactions.ShouldBe(0);

        time.Advance(MemoryReturn.UntilKnown);
        time.Advance(TimeSpan.FromHours(1));

        (collector.Collections, collector.Compactions).ShouldBe((collections, compactions));
    }

    [Fact]
    public void Ask_WithLittleAliveOnlyLater_HasTheRestGivenToTheSystemAfterThePause()
    {
        collector.Alive = MemoryReturn.LittleAlive + 1;
        memory.Ask();
        time.Advance(MemoryReturn.UntilKnown);
        collector.Alive = MemoryReturn.LittleAlive;

        time.Advance(MemoryReturn.Pause);
        time.Advance(MemoryReturn.UntilKnown);

        (collector.Collections, collector.Compactions).ShouldBe((2, 1));
    }

    [Fact]
    public void Ask_WhileTheProcessIsAtWork_StopsItsThreadsOnlyWhenItIsQuiet()
    {
        collector.Alive = 0;
        memory.Ask();
        for (var looks = 0; looks < 5; looks++)
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            collector.ProcessorTime += MemoryReturn.Quiet;
            time.Advance(MemoryReturn.Pause);
        }

        collector.Compactions.ShouldBe(0);

        time.Advance(MemoryReturn.UntilKnown);
        time.Advance(TimeSpan.FromHours(1));
        collector.Compactions.ShouldBe(1);
    }

    public void Dispose() => memory.Dispose();
}
