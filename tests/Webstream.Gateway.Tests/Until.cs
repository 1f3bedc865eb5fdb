using System.Diagnostics;

namespace Webstream.Gateway.Tests;

/// <summary>Waits for an event on another thread or another machine, with a deadline that only a failure reaches.</summary>
internal static class Until
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>Waits until a condition holds that is checked asynchronously.</summary>
    public static async Task TrueAsync(
        Func<Task<bool>> condition, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(condition))] string what = "")
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            (Stopwatch.GetElapsedTime(started) < Deadline).ShouldBeTrue($"never came true: {what}");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Waits until a condition holds.</summary>
    /// <param name="condition">Checked again and again.</param>
    /// <param name="meanwhile">Runs before each further check, for example to advance a clock.</param>
    /// <param name="what">The source text of the condition.</param>
    public static async Task TrueAsync(
        Func<bool> condition, Action? meanwhile = null, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(condition))] string what = "")
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            (Stopwatch.GetElapsedTime(started) < Deadline).ShouldBeTrue($"never came true: {what}");
            meanwhile?.Invoke();
            await Task.Delay(2, TestContext.Current.CancellationToken);
        }
    }
}
