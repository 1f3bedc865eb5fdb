using System.Diagnostics;

namespace Webstream.Mcp.Tests.Harness;

/// <summary>Waits for something that raises no event: asks again and again until it is so.</summary>
internal static class Until
{
    /// <summary>The longest time that anything expected may take on a busy machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(20);

    public static async Task TrueAsync(Func<Task<bool>> ask)
    {
        var started = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(Period);
        while (!await ask())
        {
            Stopwatch.GetElapsedTime(started).ShouldBeLessThan(Patience, "It never became true.");
            await timer.WaitForNextTickAsync();
        }
    }
}
