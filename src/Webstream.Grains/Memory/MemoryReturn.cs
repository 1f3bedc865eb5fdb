namespace Webstream.Grains.Memory;

/// <summary>
/// Gives memory back when much of it has become garbage: collections come with allocations, and a process that is quiet afterwards would
/// keep it for ever. Threads go on meanwhile. Safe for any thread.
/// </summary>
/// <remarks>Who asks while one was just there is served once the pause is over: a process that is asked all the time has other work too.</remarks>
public sealed class MemoryReturn : IDisposable
{
    /// <summary>How long there is none after one.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(20);

    private readonly Lock gate = new();
    private readonly TimeProvider time;
    private readonly Action collect;
    private readonly ITimer timer;
    private long? last;
    private bool asked;

    /// <param name="time">The clock.</param>
    public MemoryReturn(TimeProvider time)
        : this(time, () => GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false, compacting: false))
    {
    }

    /// <summary>For tests: with another way to collect.</summary>
    internal MemoryReturn(TimeProvider time, Action collect)
    {
        (this.time, this.collect) = (time, collect);
        timer = time.CreateTimer(static state => ((MemoryReturn)state!).Serve(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
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
    public void Dispose() => timer.Dispose();

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

        collect();
    }
}
