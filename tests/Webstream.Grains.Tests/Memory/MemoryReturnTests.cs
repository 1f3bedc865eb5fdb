using Microsoft.Extensions.Time.Testing;
using Webstream.Grains.Memory;

namespace Webstream.Grains.Tests.Memory;

public sealed class MemoryReturnTests : IDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly MemoryReturn memory;
    private int collections;

    public MemoryReturnTests() => memory = new(time, () => collections++);

    [Fact]
    public void Ask_TheFirstTime_CollectsAtOnce()
    {
        memory.Ask();
        time.Advance(TimeSpan.FromMilliseconds(1));

        collections.ShouldBe(1);
    }

    [Fact]
    public void Ask_AllTheTime_CollectsOnceAPause()
    {
        for (var tenths = 0; tenths < 590; tenths++)
        {
            memory.Ask();
            time.Advance(TimeSpan.FromSeconds(0.1));
        }

        collections.ShouldBe(3);
    }

    [Fact]
    public void Ask_ShortlyAfterACollection_IsServedWhenThePauseIsOverAndOnce()
    {
        memory.Ask();
        time.Advance(TimeSpan.FromSeconds(1));
        memory.Ask();
        memory.Ask();

        time.Advance(MemoryReturn.Pause - TimeSpan.FromSeconds(2));
        collections.ShouldBe(1);

        time.Advance(TimeSpan.FromHours(1));
        collections.ShouldBe(2);
    }

    public void Dispose() => memory.Dispose();
}
