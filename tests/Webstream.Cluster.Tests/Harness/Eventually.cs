using System.Diagnostics;

namespace Webstream.Cluster.Tests.Harness;

/// <summary>Waits for something in another process: asks again until it is so, or fails with the last value.</summary>
internal static class Eventually
{
    /// <summary>Longer than anything takes for which there is no promised time.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    /// <returns>How long the wait took.</returns>
    public static async Task<TimeSpan> ShouldBeAsync<T>(Func<Task<T>> ask, T expected, string what, TimeSpan? within = null)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var actual = await ask();
            var took = Stopwatch.GetElapsedTime(started);
            if (Equals(actual, expected) || took > (within ?? Patience))
            {
                actual.ShouldBe(expected, $"{what}, after {took.TotalSeconds:F1} s");
                return took;
            }

            await Task.Delay(Pause);
        }
    }

    public static Task<TimeSpan> BecomesAsync(Func<bool> condition, string what, TimeSpan? within = null) =>
        ShouldBeAsync(() => Task.FromResult(condition()), true, what, within);
}
