namespace Webstream.Grains.Memory;

/// <summary>
/// Gives memory back when much of it has become garbage: collections come with allocations, and a process that is quiet afterwards would
/// keep it for ever. Threads go on meanwhile. Safe for any thread.
/// </summary>
/// <remarks>
/// Who asks while one was just there is served once the pause is over: a process that is asked all the time has other work too. A collection
/// beside the work leaves its free regions with the process. So where it finds little alive, a second one follows that moves what is left
/// together and gives the rest to the system; it stops the threads, for 0.05 to 0.15 s with so little.
/// </remarks>
public sealed class MemoryReturn : IDisposable
{
    /// <summary>How long there is none after one.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(20);

    /// <summary>How long the collection beside the work has, until it is known what is alive.</summary>
    public static readonly TimeSpan UntilKnown = TimeSpan.FromSeconds(2);

    /// <summary>With so many bytes alive, or fewer, moving them together takes some 0.15 s at most.</summary>
    public const long LittleAlive = 256 * 1024 * 1024;

    private readonly Lock gate = new();
    private readonly TimeProvider time;
    private readonly ICollector collector;
    private readonly ITimer timer;
    private readonly ITimer compaction;
    private long? last;
    private bool asked;

    /// <param name="time">The clock.</param>
    public MemoryReturn(TimeProvider time)
        : this(time, new RuntimeCollector())
    {
    }

    /// <summary>For tests: with another collector.</summary>
    internal MemoryReturn(TimeProvider time, ICollector collector)
    {
        (this.time, this.collector) = (time, collector);
        timer = time.CreateTimer(static state => ((MemoryReturn)state!).Serve(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        compaction = time.CreateTimer(static state => ((MemoryReturn)state!).Compact(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Collects, now or when the pause is over.</summary>
    public void Ask()
    {
        lock (gate)
        {
            if (!asked)
            {
                asked = true;
                timer.Change(Left(), Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        timer.Dispose();
        compaction.Dispose();
    }

    private TimeSpan Left()
    {
        var left = last is { } before ? Pause - time.GetElapsedTime(before) : TimeSpan.Zero;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private void Serve()
    {
        lock (gate)
        {
            asked = false;
            last = time.GetTimestamp();
        }

        collector.Collect();
        compaction.Change(UntilKnown, Timeout.InfiniteTimeSpan);
    }

    private void Compact()
    {
        if (collector.Alive <= LittleAlive)
        {
            collector.Compact();
        }
    }

    private sealed class RuntimeCollector : ICollector
    {
        public long Alive
        {
            get
            {
                var beside = GC.GetGCMemoryInfo(GCKind.Background);
                return beside.Index == 0 ? long.MaxValue : beside.HeapSizeBytes - beside.FragmentedBytes;
            }
        }

        public void Collect() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false, compacting: false);

        public void Compact() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}

/// <summary>The runtime's collector.</summary>
internal interface ICollector
{
    /// <summary>How many bytes the last collection beside the work found alive.</summary>
    long Alive { get; }

    /// <summary>Collects beside the work.</summary>
    void Collect();

    /// <summary>Stops the threads, moves what is alive together and gives the rest to the system.</summary>
    void Compact();
}
