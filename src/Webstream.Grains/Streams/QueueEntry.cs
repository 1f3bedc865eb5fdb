using Webstream.Protocol;

namespace Webstream.Grains.Streams;

/// <summary>Something that waits in a stream's queue for its turn.</summary>
/// <param name="deadline">When its caller stops waiting.</param>
internal abstract class QueueEntry(DateTimeOffset deadline)
{
    // The answers go out on their own turns: the commit loop must not run the continuations.
    private TaskCompletionSource<PushOutcome> outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>When its caller stops waiting.</summary>
    public DateTimeOffset Deadline { get; private set; } = deadline;

    /// <summary>Why the history refuses it, if its outcome is <see cref="PushOutcome.Unavailable"/> and there is a reason to give.</summary>
    public string? Refusal { get; set; }

    public Task<PushOutcome> Outcome => outcome.Task;

    public void Settle(PushOutcome result) => outcome.TrySetResult(result);

    /// <summary>
    /// The same came once more. It waits until the later of the two deadlines. If the first has its outcome already, the new one gets an
    /// outcome of its own.
    /// </summary>
    public void Join(DateTimeOffset deadline)
    {
        Deadline = deadline > Deadline ? deadline : Deadline;
        if (outcome.Task.IsCompleted)
        {
            outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}

/// <summary>A close or a deletion of the stream that waits for its turn.</summary>
/// <param name="deletes">It is a deletion.</param>
/// <param name="deadline">When its caller stops waiting.</param>
internal sealed class PendingChange(bool deletes, DateTimeOffset deadline) : QueueEntry(deadline)
{
    public bool Deletes => deletes;

    /// <summary>The end mark, or the head after the deletion; known with the outcome.</summary>
    public EventId Id { get; private set; }

    /// <summary>When the stream was closed.</summary>
    public DateTimeOffset At { get; private set; }

    /// <summary>What it comes to when it succeeds.</summary>
    public PendingChange Becomes(EventId id, DateTimeOffset at = default)
    {
        (Id, At) = (id, at);
        return this;
    }
}

/// <summary>A deletion whose turn has come.</summary>
/// <param name="Head">The head that the history must have.</param>
/// <param name="Epoch">The epoch that begins.</param>
/// <param name="Life">Its life.</param>
/// <param name="Change">The one that waits for it.</param>
internal sealed record Deletion(EventId Head, ulong Epoch, long Life, PendingChange Change);
