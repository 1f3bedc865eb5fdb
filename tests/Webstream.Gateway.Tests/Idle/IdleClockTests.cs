using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.Idle;

namespace Webstream.Gateway.Tests.Idle;

public sealed class IdleClockTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider time = new();

    [Fact]
    public void Idle_IsTheTimeSinceTheLastUse()
    {
        var clock = new IdleClock(time);
        time.Advance(Minute);
        clock.Idle.ShouldBe(Minute);

        clock.Touch();
        clock.Idle.ShouldBe(TimeSpan.Zero);
        time.Advance(Minute);
        clock.Idle.ShouldBe(Minute);
    }

    [Fact]
    public void Idle_WhileSomebodyHolds_IsZero_AndBeginsWhenTheLastOneGoes()
    {
        var clock = new IdleClock(time);
        var first = clock.Hold();
        var second = clock.Hold();
        time.Advance(Minute);
        clock.Idle.ShouldBe(TimeSpan.Zero);

        first.Dispose();
        first.Dispose();
        clock.Idle.ShouldBe(TimeSpan.Zero);

        second.Dispose();
        clock.Idle.ShouldBe(TimeSpan.Zero);
        time.Advance(Minute);
        clock.Idle.ShouldBe(Minute);
    }
}
