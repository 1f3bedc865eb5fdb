using Webstream.Grains;

namespace Webstream.Gateway.Streams;

/// <summary>
/// A stream's owner, as pushers ask it: those who come together ask in one call. A call costs almost as much as all else about a push, and
/// on a busy gateway a dozen pushes share one. On a quiet one each is alone.
/// </summary>
internal sealed class StreamOwner : IThreadPoolWorkItem
{
    /// <summary>How many pushes one call takes at most.</summary>
    public const int MostTogether = 128;

    /// <summary>Larger messages, in bytes, go alone: the call is a small part of what they cost.</summary>
    public const int LargestTogether = 4096;

    // One with less would hear of its end too late.
    private static readonly TimeSpan LeastPatience = 2 * IStreamGrain.WaitTogether;

    private readonly Lock gate = new();
    private readonly Action<IThreadPoolWorkItem> queue;
    private List<Push> gathered = [];

    /// <summary>The owner behind this reference.</summary>
    public StreamOwner(IStreamGrain grain)
        : this(grain, static work => ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false))
    {
    }

    /// <summary>For tests: with another queue to the threads.</summary>
    internal StreamOwner(IStreamGrain grain, Action<IThreadPoolWorkItem> queue) => (Grain, this.queue) = (grain, queue);

    /// <summary>The stream has history, as far as this gateway has heard: its owner may be asked without making one for nothing.</summary>
    public bool HasHistory { get; set; }

    /// <summary>The reference.</summary>
    public IStreamGrain Grain { get; }

    /// <summary>Pushes, together with others: see <see cref="IStreamGrain.Publish"/>.</summary>
    public Task<PublishAnswer> PublishAsync(PublishCommand command)
    {
        if (command.Items is not [{ Size: <= LargestTogether }] || command.Patience < LeastPatience)
        {
            return Grain.Publish(command);
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
            // At the end of the queue: requests that wait there for a thread bring their pushes before this takes its turn.
            queue(this);
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

        foreach (var some in together.Chunk(MostTogether))
        {
            _ = some is [var alone] ? AskAsync(alone, alone.Command) : AskAsync(some);
        }
    }

    private async Task AskAsync(Push push, PublishCommand command)
    {
        try
        {
            push.SetResult(await Grain.Publish(command));
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
            var answers = await Grain.PublishEach(Array.ConvertAll(together, push => push.Command));
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
            // Whoever asked decides what it means to him, as if he had asked alone.
            Array.ForEach(together, push => push.SetException(failure));
        }
        catch (Exception)
        {
            // An owner that does not know the call yet, or one push among them that cannot be carried: no fault of the others.
            Array.ForEach(together, push => _ = AskAsync(push, push.Command));
        }
    }

    // Its pusher goes on with a turn of his own.
    private sealed class Push(PublishCommand command) : TaskCompletionSource<PublishAnswer>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public PublishCommand Command => command;
    }
}
