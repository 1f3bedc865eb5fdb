namespace Webstream.Grains.Memory;

/// <summary>
/// Gives memory back to the system when much of it has become garbage. The runtime collects only when it allocates, so a process that is quiet
/// afterwards would keep the garbage for ever. Threads go on during a collection. Safe for any thread.
/// </summary>
/// <remarks>
/// A request that comes within the pause after a collection is served when the pause is over: a busy process has other work too. A background
/// collection leaves its free regions with the process. So if it finds little alive, a second, compacting collection follows. It moves the live
/// objects together and gives the rest to the system; it stops the threads, for 0.05 to 0.15 s with so little alive. A process at work would
/// keep its callers waiting for so long, so this waits until the process is quiet. If a collection finds more alive, it looks once more after
/// the pause.
/// </remarks>
public sealed class MemoryReturn : IDisposable
{
    /// <summary>How long no request is served after a collection has begun.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(20);

    /// <summary>How long the background collection has, before its result is read.</summary>
    public static readonly TimeSpan UntilKnown = TimeSpan.FromSeconds(2);

    /// <summary>Up to so many live bytes, a compaction takes about 0.15 s at most.</summary>
    public const long LittleAlive = 256 * 1024 * 1024;

    /// <summary>A process that uses less of the processor than this within <see cref="UntilKnown"/> is quiet: a quarter of one core.</summary>
    public static readonly TimeSpan Quiet = UntilKnown / 4;

    private readonly Lock gate = new();
    private readonly TimeProvider time;
    private readonly ICollector collector;
    private readonly ITimer timer;
    private readonly ITimer compaction;
    private long? last;
    private bool asked;
    private bool looksAgain;
    private TimeSpan processorTime;

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
        processorTime = collector.ProcessorTime;
        compaction.Change(UntilKnown, Timeout.InfiniteTimeSpan);
    }

    private void Compact()
    {
        if (collector.ProcessorTime - processorTime >= Quiet)
        {
            Ask();
            return;
        }

        var isLittle = collector.Alive <= LittleAlive;
        looksAgain = !isLittle && !looksAgain;
        if (isLittle)
        {
            collector.Compact();
        }
        else if (looksAgain)
        {
            // What was on its way out may have been counted alive. Nobody would ask again for that.
            Ask();
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

        public TimeSpan ProcessorTime => Environment.CpuUsage.TotalTime;

        public void Collect() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false, compacting: false);

        public void Compact() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}

/// <summary>The runtime's collector.</summary>
internal interface ICollector
{
    /// <summary>How many bytes the last background collection found alive.</summary>
    long Alive { get; }

    /// <summary>How much of the processor the process has used since its start.</summary>
    TimeSpan ProcessorTime { get; }

    /// <summary>Collects in the background.</summary>
    void Collect();

    /// <summary>Stops the threads, moves the live objects together and gives the rest to the system.</summary>
    void Compact();
}
