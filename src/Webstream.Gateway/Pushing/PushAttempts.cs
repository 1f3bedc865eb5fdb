using Webstream.Gateway.Streams;
using Webstream.Grains;

namespace Webstream.Gateway.Pushing;

/// <summary>
/// The attempts of one push. An attempt that hangs at a dead silo stays open while the next attempt asks that silo's successor. The answers
/// of all attempts decide whether the pusher hears "not pushed" or "not known".
/// </summary>
internal sealed class PushAttempts(TimeProvider time)
{
    // Mostly there is one.
    private readonly List<Task<PushResult>> open = new(capacity: 1);
    private Exception? failure;
    private bool leftOpen;

    /// <summary>Whether an answer may still come.</summary>
    public bool AnyOpen => open.Count > 0;

    /// <summary>Whether the push may be in the history: an attempt said so, or has not answered.</summary>
    public bool MaybeIn => leftOpen || AnyOpen;

    /// <summary>Why the history refuses, if the last attempt said so: asking again in a moment is of no use.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Why the push is not in yet, for the log.</summary>
    public string Reason => Refusal ?? failure?.Message ?? "no answer";

    /// <summary>An owner was asked.</summary>
    public void Add(Task<PushResult> asked) => open.Add(asked);

    /// <summary>Waits for the next answer.</summary>
    /// <param name="patience">How long at the most.</param>
    /// <param name="cancellationToken">The pusher does not want the answer any more.</param>
    /// <returns>None when no attempt is open, no attempt answered in time, or one failed.</returns>
    public async Task<PushResult?> NextAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        if (!AnyOpen)
        {
            return null;
        }

        Refusal = null;
        Task any = open.Count == 1 ? open[0] : Task.WhenAny(open);
        await any.WaitAsync(patience, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        var at = open.FindIndex(static asked => asked.IsCompleted);
        if (at < 0)
        {
            return null;
        }

        var answered = open[at];
        open.RemoveAt(at);
        try
        {
            var answer = await answered;
            leftOpen |= answer.Outcome == PushOutcome.Unknown;
            Refusal = answer.Refusal;
            return answer;
        }
        catch (Exception away) when (ClusterCall.IsAway(away))
        {
            (failure, Refusal) = (away, ClusterCall.RefusalOf(away));
            leftOpen |= ClusterCall.MayHavePushed(away);
            return null;
        }
    }
}
