using System.Collections.Concurrent;
using Webstream.Gateway.Ending;
using Webstream.Gateway.Memory;

namespace Webstream.Gateway.FanOut;

/// <summary>Something a shard does on its turn.</summary>
internal interface IShardWork
{
    void Run();
}

/// <summary>
/// One loop that writes to a share of the connections. It runs on the thread pool while there is work, never two turns at once.
/// It never waits for a socket: a connection that cannot take more reports back when it can.
/// </summary>
internal sealed class FanOutShard(
    ListenerOptions options, FairShare memory, TimeProvider time, GatewayMetrics metrics, ProcessEnd? end = null) : IThreadPoolWorkItem
{
    private static readonly TimeSpan StuckAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseWithoutMemory = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentQueue<IShardWork> work = new();
    private readonly HashSet<Listener> stalled = [];
    private readonly HashSet<FanOutGroup> behind = [];
    private readonly MemoryCharge charge = memory.ChargeFor(default);
    private readonly LastingFailure failures = new(time);
    private volatile bool isWeighed;
    private int stalledCount;
    private long written;
    private int running;

    public ListenerOptions Options { get; } = options;

    public TimeProvider Time { get; } = time;

    /// <summary>How many connections cannot take more.</summary>
    public int Stalled => Volatile.Read(ref stalledCount);

    public void Enqueue(IShardWork item)
    {
        work.Enqueue(item);
        if (Interlocked.CompareExchange(ref running, 1, 0) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <summary>Looks at the stalled connections on the next turn.</summary>
    public void Sweep()
    {
        if (Stalled > 0 || isWeighed)
        {
            Enqueue(new StallCheck(this));
        }
    }

    /// <summary>Counts the written bytes. The metrics get them once a turn, not for each connection. Only on a turn of this shard.</summary>
    public void Written(int bytes) => written += bytes;

    /// <summary>Notes that a connection cannot take more, or can again. Only on a turn of this shard.</summary>
    public void SetStalled(Listener listener, bool isStalled)
    {
        _ = isStalled ? stalled.Add(listener) : stalled.Remove(listener);
        Volatile.Write(ref stalledCount, stalled.Count);
    }

    void IThreadPoolWorkItem.Execute()
    {
        while (true)
        {
            while (work.TryDequeue(out var item))
            {
                try
                {
                    item.Run();
                    failures.Succeeded();
                    if (written > 0)
                    {
                        metrics.Written(written);
                        written = 0;
                    }
                }
                catch (Exception failure) when (end is not null)
                {
                    GoOnAfter(failure, item);
                }
            }

            // A caller that enqueued between the last look and this line has found the loop running, and did not start it. The fence keeps
            // the look that follows behind the write. Without it both could miss each other: the work would wait until the next enqueue.
            Interlocked.Exchange(ref running, 0);
            if (work.IsEmpty || Interlocked.CompareExchange(ref running, 1, 0) != 0)
            {
                return;
            }
        }
    }

    // Weighs what the frame buffers keep for listeners that cannot take more, and what the kernel and the web server hold for them.
    private void Weigh()
    {
        foreach (var group in behind)
        {
            group.MaxBehind = 0;
        }

        behind.Clear();
        var bytes = 0L;
        foreach (var listener in stalled)
        {
            listener.Group.MaxBehind = Math.Max(listener.Group.MaxBehind, listener.Behind);
            behind.Add(listener.Group);
            bytes += IsStuck(listener) ? listener.StalledWeight : 0;
        }

        charge.Hold(bytes);
        isWeighed = stalled.Count > 0;
        var over = Math.Min(bytes, memory.Share.Used - memory.Limit);
        if (over > 0)
        {
            CutStuck(over);
        }
    }

    private void CutStuck(long bytes)
    {
        foreach (var listener in stalled.Where(IsStuck).OrderBy(listener => listener.BehindSince).ToArray())
        {
            if (bytes <= 0)
            {
                return;
            }

            bytes -= listener.StalledWeight;
            listener.CutOff();
        }
    }

    // Not at once: many a write is only under way.
    private bool IsStuck(Listener listener) => Time.GetElapsedTime(listener.BehindSince) >= StuckAfter;

    // A loop that ends would leave its connections open and silent. Work that fails for lack of memory is tried again.
    private void GoOnAfter(Exception failure, IShardWork item)
    {
        try
        {
            var isMemory = failure is OutOfMemoryException;
            if (!isMemory || failures.IsLasting())
            {
                end!.Fail($"Listeners cannot be written to any more: {failure.Message.TrimEnd('.')}.");
            }

            if (isMemory)
            {
                Thread.Sleep(PauseWithoutMemory);
                work.Enqueue(item);
            }
        }
        catch (OutOfMemoryException)
        {
            end!.Fail("Listeners cannot be written to any more: there is no memory left.");
        }
    }

    private sealed class StallCheck(FanOutShard shard) : IShardWork
    {
        public void Run()
        {
            foreach (var listener in shard.stalled.ToArray())
            {
                listener.CheckStalled();
            }

            shard.Weigh();
        }
    }
}
