using System.Diagnostics;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>For what the gateway does in its own time and tells nobody: asked again until it is so, or fails with what it was at last.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public static async Task ShouldBeAsync<T>(Func<Task<T>> ask, T expected, string? what = null)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var actual = await ask();
            if (Equals(actual, expected) || Stopwatch.GetElapsedTime(started) > Patience)
            {
                actual.ShouldBe(expected, what);
                return;
            }

            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    public static Task BecomesAsync(Func<Task<bool>> condition, string what) => ShouldBeAsync(condition, true, what);
}
