using Webstream.Grains;

namespace Webstream.Gateway.Streams;

/// <summary>
/// Lets pushes to one stream that come together ask its owner in one call. A call costs almost as much as all else about a push, and on a
/// busy gateway a dozen pushes share one. On a quiet one each is alone.
/// </summary>
/// <param name="owner">The stream's owner.</param>
/// <param name="queue">Gives a turn on a thread; the thread pool's queue unless a test has its own.</param>
internal sealed class PushBatcher(StreamOwner owner, Action<IThreadPoolWorkItem>? queue = null) : IThreadPoolWorkItem
{
    /// <summary>How many pushes one call takes at most.</summary>
    public const int MaxTogether = 128;

    /// <summary>Larger messages, in bytes, go alone: the call is a small part of what they cost.</summary>
    public const int LargestTogether = 4096;

    // One with less would hear of its end too late.
    private static readonly TimeSpan LeastPatience = 2 * IStreamGrain.WaitTogether;

    private readonly Lock gate = new();
    private List<Push> gathered = [];

    /// <summary>Pushes, together with others that come now: see <see cref="IStreamGrain.Push"/>.</summary>
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

    // At the end of the queue: requests that wait there for a thread bring their pushes before this takes its turn.
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
                    // Asked by itself it is answered when its own patience ends.
                    var command = together[i].Command;
                    _ = AskAsync(together[i], command with { Patience = command.Patience - IStreamGrain.WaitTogether });
                }
            }
        }
        catch (Exception failure) when (ClusterCall.IsAway(failure))
        {
            // Each pusher decides what it means, as if it had asked alone.
            Array.ForEach(together, push => push.SetException(failure));
        }
        catch (Exception)
        {
            // An owner that does not know the call yet, or one push among them that cannot be carried: no fault of the others.
            Array.ForEach(together, push => _ = AskAsync(push, push.Command));
        }
    }

    // Its pusher goes on with a turn of its own.
    private sealed class Push(PushCommand command) : TaskCompletionSource<PushResult>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public PushCommand Command => command;
    }
}
