using System.Diagnostics;

namespace Webstream.Grains.Tests.Hosting;

/// <summary>Waits for something that raises no event: checks again and again until it is so.</summary>
internal static class Eventually
{
    // Twice what Orleans gives an activation to end.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(20);

    public static async Task TrueAsync(Func<bool> condition)
    {
        var started = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(Period);
        while (!condition())
        {
            Stopwatch.GetElapsedTime(started).ShouldBeLessThan(Patience);
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}
