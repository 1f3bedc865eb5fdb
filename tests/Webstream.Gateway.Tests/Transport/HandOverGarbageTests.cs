using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.Transport;

namespace Webstream.Gateway.Tests.Transport;

public sealed class HandOverGarbageTests
{
    private readonly FakeTimeProvider time = new();
    private int collections;

    [Fact]
    public void Garbage_OfFew_IsLeftToTheCollector()
    {
        using var garbage = Make();
        Add(garbage, HandOverGarbage.Enough - 1);

        time.Advance(TimeSpan.FromHours(1));

        collections.ShouldBe(0);
    }

    [Fact]
    public void Garbage_OfAStorm_IsCollectedOnceWhenTheStormIsOver()
    {
        using var garbage = Make();
        for (var i = 0; i < 20; i++)
        {
            Add(garbage, HandOverGarbage.Enough);
            time.Advance(TimeSpan.FromMilliseconds(400));
            collections.ShouldBe(0);
        }

        BeCalm();
        collections.ShouldBe(1);
        time.Advance(TimeSpan.FromHours(1));
        collections.ShouldBe(1);
    }

    [Fact]
    public void Garbage_OfTheNextStorm_IsCollectedToo()
    {
        using var garbage = Make();
        Add(garbage, HandOverGarbage.Enough);
        BeCalm();

        Add(garbage, HandOverGarbage.Enough);
        BeCalm();

        collections.ShouldBe(2);
    }

    private static void Add(HandOverGarbage garbage, int count)
    {
        for (var i = 0; i < count; i++)
        {
            garbage.Add();
        }
    }

    // Advances in steps: a timer that is set again within a step is called only in the next step.
    private void BeCalm()
    {
        for (var i = 0; i < 4; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(500));
        }
    }

    private HandOverGarbage Make() => new(time, () => collections++);
}
