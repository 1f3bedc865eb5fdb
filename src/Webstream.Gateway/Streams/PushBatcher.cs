using Webstream.Grains;

namespace Webstream.Gateway.Streams;

/// <summary>
/// Puts pushes to one stream that come at the same time into one call to its owner. A call costs almost as much as all else about a push. On a
/// busy gateway a dozen pushes share one call. On a quiet gateway each push has its own.
/// </summary>
/// <param name="owner">The stream's owner.</param>
/// <param name="queue">Runs a work item on a thread; the thread pool's queue unless a test has its own.</param>
internal sealed class PushBatcher(StreamOwner owner, Action<IThreadPoolWorkItem>? queue = null) : IThreadPoolWorkItem
{
    /// <summary>The most pushes in one call.</summary>
    public const int MaxTogether = 128;

    /// <summary>The largest message, in bytes, that shares a call. A larger one goes alone: the call is a small part of what it costs.</summary>
    public const int LargestTogether = 4096;

    // A push with less patience goes alone: in a shared call its pusher would hear too late that the patience is over.
    private static readonly TimeSpan LeastPatience = 2 * IStreamGrain.WaitTogether;

    private readonly Lock gate = new();
    private List<Push> gathered = [];

    /// <summary>Pushes, in one call with other pushes that come now: see <see cref="IStreamGrain.Push"/>.</summary>
    public Task<PushResult> PushAsync(PushCommand command)
    {
        if (command.Items is not [{ Size: <= LargestTogether }] || command.Patience < LeastPatience)
        {
            return owner.PushAsync(command).AsTask();
        }

        var push = new Push(command);
        bool isFirst;
        lock (gate)
        {
            isFirst = gathered.Count == 0;
            gathered.Add(push);
        }

        if (isFirst)
        {
            QueueTurn();
        }

        return push.Task;
    }

    void IThreadPoolWorkItem.Execute()
    {
        List<Push> together;
        lock (gate)
        {
            (together, gathered) = (gathered, []);
        }

        foreach (var some in together.Chunk(MaxTogether))
        {
            _ = some is [var alone] ? AskAsync(alone, alone.Command) : AskAsync(some);
        }
    }

    // At the end of the queue: requests that wait there for a thread add their pushes before this work item runs.
    private void QueueTurn()
    {
        if (queue is null)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
        else
        {
            queue(this);
        }
    }

    private async Task AskAsync(Push push, PushCommand command)
    {
        try
        {
            push.SetResult(await owner.PushAsync(command));
        }
        catch (Exception failure)
        {
            push.SetException(failure);
        }
    }

    private async Task AskAsync(Push[] together)
    {
        try
        {
            var answers = await owner.PushEachAsync(Array.ConvertAll(together, push => push.Command));
            for (var i = 0; i < together.Length; i++)
            {
                if (answers[i] is { } answer)
                {
                    together[i].SetResult(answer);
                }
                else
                {
                    // Not decided yet. In a call of its own, this push is answered when its own patience ends.
                    var command = together[i].Command;
                    _ = AskAsync(together[i], command with { Patience = command.Patience - IStreamGrain.WaitTogether });
                }
            }
        }
        catch (Exception failure) when (ClusterCall.IsAway(failure))
        {
            // Each pusher decides what the failure means, as if it had asked alone.
            Array.ForEach(together, push => push.SetException(failure));
        }
        catch (Exception)
        {
            // The owner does not know this call yet, or one of the pushes cannot be carried. Each push is tried alone, so that the others go on.
            Array.ForEach(together, push => _ = AskAsync(push, push.Command));
        }
    }

    // The pusher goes on in a work item of its own.
    private sealed class Push(PushCommand command) : TaskCompletionSource<PushResult>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public PushCommand Command => command;
    }
}
