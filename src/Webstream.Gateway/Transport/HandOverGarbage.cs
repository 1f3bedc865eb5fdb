using Webstream.Grains.Memory;

namespace Webstream.Gateway.Transport;

/// <summary>
/// Gives the memory back that the web server needed for connections whose sockets it has handed over. That memory is garbage, some ten
/// kilobytes for each. But collections come with allocations, and listeners that only listen cause none. A quiet gateway would keep it for ever.
/// </summary>
/// <remarks>
/// One collection after each storm of connections, when the storm is over. While it lasts, the collector has reason enough to run by itself.
/// </remarks>
internal sealed class HandOverGarbage : IDisposable
{
    /// <summary>How many sockets handed over make a collection worthwhile.</summary>
    public const int Enough = 500;

    private static readonly TimeSpan Calm = TimeSpan.FromMilliseconds(500);

    private readonly ITimer timer;
    private readonly Action collect;
    private int handedOver;
    private int seen;

    public HandOverGarbage(TimeProvider time, MemoryReturn memory)
        : this(time, memory.Ask)
    {
    }

    /// <summary>For tests: with another way to collect.</summary>
    internal HandOverGarbage(TimeProvider time, Action collect)
    {
        this.collect = collect;
        timer = time.CreateTimer(static garbage => ((HandOverGarbage)garbage!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Counts a socket that was handed over.</summary>
    public void Add()
    {
        // The timer is only there when there is something to look at: an idle gateway shall not wake up.
        if (Interlocked.Increment(ref handedOver) == Enough)
        {
            timer.Change(Calm, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose() => timer.Dispose();

    private void Look()
    {
        var now = Volatile.Read(ref handedOver);
        if (now != seen)
        {
            // The storm goes on.
            seen = now;
            timer.Change(Calm, Timeout.InfiniteTimeSpan);
            return;
        }

        seen = 0;
        Interlocked.Exchange(ref handedOver, 0);
        collect();
    }
}
