namespace Webstream.Gateway.FanOut;

/// <summary>The listeners of one frame buffer that one shard serves.</summary>
internal sealed class FanOutGroup(FanOutShard shard, FrameBuffer buffer) : IShardWork
{
    // Only the shard's own turn touches the list; the count is read by others.
    private readonly List<Listener> listeners = [];
    private volatile int count;
    private int signalled;

    public FanOutShard Shard { get; } = shard;

    public FrameBuffer Buffer { get; } = buffer;

    /// <summary>How many listeners follow, including those for which a place is reserved.</summary>
    public int Count => count;

    /// <summary>
    /// By how many bytes the slowest listener is behind, of those that cannot take more; as of the last sweep. Only its shard sets it.
    /// </summary>
    public long MaxBehind { get; set; }

    /// <summary>Tells the shard that there is something to read. Signals before the shard's next turn count as one.</summary>
    public void Signal()
    {
        if (count > 0 && Interlocked.Exchange(ref signalled, 1) == 0)
        {
            Shard.Enqueue(this);
        }
    }

    /// <summary>Reserves a place for a listener that is about to join, so that the frame buffer is not freed meanwhile.</summary>
    public void Reserve() => Interlocked.Increment(ref count);

    /// <summary>Lets a listener that has a place follow from its cursor on.</summary>
    public void Join(Listener listener) => Shard.Enqueue(listener);

    /// <summary>Cuts the listener that is furthest behind, on the shard's next turn.</summary>
    public void CutMostBehind() => Shard.Enqueue(new Cut(this));

    void IShardWork.Run()
    {
        // The signal is cleared before reading, so that an append from here on signals again.
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
