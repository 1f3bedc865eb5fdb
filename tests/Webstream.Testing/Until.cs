using System.Diagnostics;
using System.Runtime.CompilerServices;
using Shouldly;
using Xunit;

namespace Webstream.Testing;

/// <summary>
/// Waits for something that raises no event: asks again until it is so. Where it does not become so, the test fails with what was asked and the last
/// answer. Each method returns how long the wait took.
/// </summary>
public static class Until
{
    /// <summary>
    /// Longer than anything takes on a busy machine for which there is no promised time: twice what Orleans gives an activation to end. Only a
    /// failure waits so long.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // A look at this process's own state costs nothing, and a test that advances a clock meanwhile may need hundreds of looks.
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(2);

    // A question usually goes to another process.
    private static readonly TimeSpan BetweenQuestions = TimeSpan.FromMilliseconds(20);

    /// <summary>Waits until a condition of this process holds.</summary>
    /// <param name="condition">Checked again every 2 ms.</param>
    /// <param name="meanwhile">Runs before each further check, for example to advance a clock.</param>
    /// <param name="what">What the condition means; none: its source text.</param>
    /// <param name="within">The longest time that it may take; none: <see cref="Patience"/>.</param>
    public static Task<TimeSpan> TrueAsync(
        Func<bool> condition, Action? meanwhile = null, [CallerArgumentExpression(nameof(condition))] string what = "", TimeSpan? within = null) =>
        AskAsync(() => Task.FromResult(condition()), true, BetweenLooks, meanwhile, what, within);

    /// <summary>Waits until a condition holds that takes a question, for example to another process.</summary>
    /// <param name="condition">Asked again 20 ms after each answer.</param>
    /// <param name="what">What the condition means; none: its source text.</param>
    /// <param name="within">The longest time that it may take; none: <see cref="Patience"/>.</param>
    public static Task<TimeSpan> TrueAsync(
        Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string what = "", TimeSpan? within = null) =>
        AskAsync(condition, true, BetweenQuestions, null, what, within);

    /// <summary>Waits until the answer to a question is the expected one.</summary>
    /// <param name="ask">Asked again 20 ms after each answer.</param>
    /// <param name="expected">The answer to wait for.</param>
    /// <param name="what">What the answer means; none: the source text of the question.</param>
    /// <param name="within">The longest time that it may take; none: <see cref="Patience"/>.</param>
    public static Task<TimeSpan> EqualAsync<T>(
        Func<Task<T>> ask, T expected, [CallerArgumentExpression(nameof(ask))] string what = "", TimeSpan? within = null) =>
        AskAsync(ask, expected, BetweenQuestions, null, what, within);

    private static async Task<TimeSpan> AskAsync<T>(Func<Task<T>> ask, T expected, TimeSpan pause, Action? meanwhile, string what, TimeSpan? within)
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

            meanwhile?.Invoke();
            await Task.Delay(pause, TestContext.Current.CancellationToken);
        }
    }
}
