using Webstream.Grains;

namespace Webstream.Gateway.Cluster;

/// <summary>
/// A stream's owner, as pushers ask it: those who come together ask in one call. A call costs almost as much as all else about a push, and
/// on a busy gateway a dozen pushes share one. On a quiet one each is alone, and waits for nobody.
/// </summary>
internal sealed class StreamOwner : IThreadPoolWorkItem
{
    /// <summary>How many pushes one call takes at most.</summary>
    public const int MostTogether = 128;

    /// <summary>Larger messages, in bytes, go alone: the call is a small part of what they cost.</summary>
    public const int LargestTogether = 4096;

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

    /// <summary>The reference.</summary>
    public IStreamGrain Grain { get; }

    /// <summary>Pushes, together with others: see <see cref="IStreamGrain.Publish"/>.</summary>
    public Task<PublishAnswer> PublishAsync(PublishCommand command)
    {
        if (command.Items is not [{ Size: <= LargestTogether }])
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
            _ = some is [var alone] ? AskAsync(alone) : AskAsync(some);
        }
    }

    private async Task AskAsync(Push alone)
    {
        try
        {
            alone.SetResult(await Grain.Publish(alone.Command));
        }
        catch (Exception failure)
        {
            alone.SetException(failure);
        }
    }

    private async Task AskAsync(Push[] together)
    {
        try
        {
            var answers = await Grain.PublishEach(Array.ConvertAll(together, push => push.Command));
            for (var i = 0; i < answers.Length; i++)
            {
                together[i].SetResult(answers[i]);
            }
        }
        catch (Exception failure)
        {
            // Whoever asked decides what it means to him, as if he had asked alone.
            Array.ForEach(together, push => push.SetException(failure));
        }
    }

    // Its pusher goes on with a turn of his own.
    private sealed class Push(PublishCommand command) : TaskCompletionSource<PublishAnswer>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public PublishCommand Command => command;
    }
}
