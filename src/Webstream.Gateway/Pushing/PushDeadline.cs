namespace Webstream.Gateway.Pushing;

/// <summary>
/// The time that one push has: how long its pusher still waits, how long each attempt may take, and how long to pause before the next one.
/// </summary>
/// <param name="patience">How long the pusher waits at the most.</param>
/// <param name="time">The clock.</param>
internal sealed class PushDeadline(TimeSpan patience, TimeProvider time)
{
    /// <summary>
    /// The owner gives up this long before the pusher does, so that the owner's "not pushed" arrives instead of the gateway's "not known".
    /// </summary>
    public static readonly TimeSpan AnswerMargin = TimeSpan.FromMilliseconds(500);

    // A silo that died does not answer; a second attempt finds its successor. The idempotency key makes a retry harmless.
    private static readonly TimeSpan LongestAttempt = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    private readonly long started = time.GetTimestamp();
    private TimeSpan pause = TimeSpan.FromMilliseconds(20);
    private bool asked;

    /// <summary>The pusher waits no longer.</summary>
    public bool IsOver => Left == TimeSpan.Zero;

    /// <summary>An owner that is asked now has no time left to answer; only answers that are under way can still come.</summary>
    public bool IsTooLateToAsk => Left <= AnswerMargin;

    /// <summary>Whether an owner may be asked: always once, then as long as it can answer in time.</summary>
    public bool MayAsk => !asked || !IsTooLateToAsk;

    /// <summary>How long to wait for an answer before the next attempt.</summary>
    public TimeSpan AttemptTime => Shorter(LongestAttempt, Left);

    private TimeSpan Left => Longer(TimeSpan.Zero, patience - time.GetElapsedTime(started));

    /// <summary>An owner is asked now.</summary>
    /// <returns>How long it may take.</returns>
    public TimeSpan Ask()
    {
        asked = true;
        var left = Left;
        return Longer(left - AnswerMargin, left / 2);
    }

    /// <summary>Waits before the next attempt, longer each time. Towards the end it does not wait: answers then decide what the pusher hears.</summary>
    public Task PauseAsync(CancellationToken cancellationToken)
    {
        var spare = Shorter(pause, Left - AnswerMargin);
        pause = Shorter(pause * 2, LongestPause);
        return spare > TimeSpan.Zero ? Task.Delay(spare, time, cancellationToken) : Task.CompletedTask;
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
