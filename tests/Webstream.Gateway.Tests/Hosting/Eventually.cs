using System.Diagnostics;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>Waits for something that raises no event: asks again and again until it is so, or fails with the last value.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(20);

    public static async Task ShouldBeAsync<T>(Func<Task<T>> ask, T expected)
    {
        var started = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(Period);
        while (true)
        {
            var actual = await ask();
            if (Equals(actual, expected) || Stopwatch.GetElapsedTime(started) > Patience)
            {
                actual.ShouldBe(expected);
                return;
            }

            await timer.WaitForNextTickAsync();
        }
    }
}
