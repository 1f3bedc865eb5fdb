using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.Connections;
using Webstream.Grains.Memory;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Gateway.Tests.Connections;

public sealed class MeasuredLimitsTests
{
    private const int Weight = ConnectionPlace.ServedWeight;

    private readonly FakeTimeProvider time = new();
    private readonly List<int> measured = [];
    private Func<ConnectionLimits> found = () => new(100, 10);

    [Fact]
    public void Limits_Measured_AreThoseThatWereFound()
    {
        var limits = Limits();

        limits.Measure(7);

        (limits.Now, limits.ReserveBytes).ShouldBe((new ConnectionLimits(100, 10), 10L * Weight));
        measured.ShouldBe([7]);
    }

    [Fact]
    public void ReserveBytes_OfASmallShare_AreAnEighth()
    {
        var limits = Limits(places: 40);

        limits.Measure(0);

        limits.ReserveBytes.ShouldBe(5 * Weight);
    }

    [Fact]
    public void Measure_WithTooLittleMemory_RefusesTheStartAndNamesTheSettings() =>
        Should.Throw<StartRefusedException>(() => Limits(places: 15).Measure(0)).Message
            .ShouldStartWith($"Webstream__Memory__Connections is {15 * Weight} bytes, and {16 * Weight} are needed to begin with.");

    [Fact]
    public void MeasureAgain_WithinTenSeconds_IsNotWorthIt()
    {
        var limits = Limits();
        limits.Measure(0);
        found = () => new(50, 5);

        time.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        limits.MeasureAgain(60);
        (limits.Now.Usual, measured.Count).ShouldBe((100, 1));
        time.Advance(TimeSpan.FromTicks(1));
        limits.MeasureAgain(60);

        (limits.Now, measured[^1]).ShouldBe((new(50, 5), 60));
    }

    [Theory]
    [InlineData(60, 60)]
    [InlineData(105, 100)]
    public void MeasureAgain_WithoutAFileEvenForThat_AllowsNoMoreThanAreOpen(int open, int usual)
    {
        var limits = Limits();
        limits.Measure(0);
        found = () => throw new IOException("Too many open files");
        time.Advance(TimeSpan.FromSeconds(10));

        limits.MeasureAgain(open);

        limits.Now.ShouldBe(new(usual, 10));
    }

    private MeasuredLimits Limits(int places = 1000) => new(
        open =>
        {
            measured.Add(open);
            return found();
        },
        new MemoryShare("connections", (long)places * Weight),
        time);
}
