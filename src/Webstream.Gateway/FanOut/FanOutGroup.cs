namespace Webstream.Gateway.FanOut;

/// <summary>The listeners of one log that one shard serves.</summary>
internal sealed class FanOutGroup(FanOutShard shard, FrameBuffer buffer) : IShardWork
{
    // Only the shard's own turn touches the list; the count is read by others.
    private readonly List<Listener> listeners = [];
    private volatile int count;
    private int signalled;

    public FanOutShard Shard { get; } = shard;

    public FrameBuffer Buffer { get; } = buffer;

    /// <summary>How many listeners follow, those on their way in included.</summary>
    public int Count => count;

    /// <summary>By how many bytes the one is behind that is furthest behind of those that cannot take more; as of the last sweep. Only its shard sets it.</summary>
    public long MaxBehind { get; set; }

    /// <summary>There is something to read. Signals that come before the shard's next turn are one.</summary>
    public void Signal()
    {
        if (count > 0 && Interlocked.Exchange(ref signalled, 1) == 0)
        {
            Shard.Enqueue(this);
        }
    }

    /// <summary>Keeps a place for a listener on its way in, so that the log is not let go of meanwhile.</summary>
    public void Reserve() => Interlocked.Increment(ref count);

    /// <summary>Lets a listener that has a place follow from its cursor on.</summary>
    public void Join(Listener listener) => Shard.Enqueue(listener);

    /// <summary>Cuts the listener that is furthest behind, on the shard's next turn.</summary>
    public void CutMostBehind() => Shard.Enqueue(new Cut(this));

    void IShardWork.Run()
    {
        // Taken back before reading: what is appended from here on signals again.
        Interlocked.Exchange(ref signalled, 0);
        for (var i = listeners.Count - 1; i >= 0; i--)
        {
            listeners[i].WriteOn();
        }
    }

    public void Add(Listener listener)
    {
        listener.Index = listeners.Count;
        listeners.Add(listener);
    }

    public void Remove(Listener listener)
    {
        var moved = listeners[^1];
        listeners[listener.Index] = moved;
        moved.Index = listener.Index;
        listeners.RemoveAt(listeners.Count - 1);
        Interlocked.Decrement(ref count);
    }

    private sealed class Cut(FanOutGroup group) : IShardWork
    {
        public void Run() => group.listeners.Where(listener => listener.IsStalled).MaxBy(listener => listener.Behind)?.CutOff();
    }
}
