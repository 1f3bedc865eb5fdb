using Webstream.Gateway.Streams;
using Webstream.Grains;

namespace Webstream.Gateway.Pushing;

/// <summary>
/// The tries of one push. One that hangs at a silo that died stays open while its successor is asked: what each of them says in the end
/// decides whether the pusher hears "not pushed" or "not known".
/// </summary>
internal sealed class PushAttempts(TimeProvider time)
{
    private readonly List<Task<PublishAnswer>> open = [];
    private bool leftOpen;

    /// <summary>Whether an answer may still come.</summary>
    public bool AnyOpen => open.Count > 0;

    /// <summary>Whether the push may be in the log: a try said so, or has said nothing.</summary>
    public bool MaybeIn => leftOpen || AnyOpen;

    /// <summary>What the last try that failed said, if one did.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Why the log refuses, if that is what the last try said: asking again in a moment is of no use.</summary>
    public string? Refusal { get; set; }

    public void Add(Task<PublishAnswer> asked) => open.Add(asked);

    /// <summary>The next answer; none when no try answered in time, or one failed.</summary>
    public async Task<PublishAnswer?> NextAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        Refusal = null;
        Task any = open.Count == 1 ? open[0] : Task.WhenAny(open);
        await any.WaitAsync(patience, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        var at = open.FindIndex(asked => asked.IsCompleted);
        if (at < 0)
        {
            return null;
        }

        var answered = open[at];
        open.RemoveAt(at);
        try
        {
            var answer = await answered;
            leftOpen |= answer.Outcome == PublishOutcome.Unknown;
            return answer;
        }
        catch (Exception failure) when (ClusterCall.IsAway(failure))
        {
            (Failure, Refusal) = (failure, ClusterCall.RefusalOf(failure));
            leftOpen |= ClusterCall.MayHavePushed(failure);
            return null;
        }
    }
}
