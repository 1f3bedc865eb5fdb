using System.Diagnostics;
using Webstream.Bench.Measuring;

namespace Webstream.Bench.Listening;

/// <summary>All listeners of a run, spread over their threads.</summary>
internal sealed class Listeners : IDisposable
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(5);

    private readonly ListenerLoop[] _loops;
    private readonly int _count;
    private readonly long _started;
    private bool _stopped;

    private Listeners(ListenerSettings settings, Marker marker)
    {
        _count = settings.Count;
        var threads = Math.Clamp(settings.Threads, 1, Math.Max(1, _count));
        var first = new FirstArrival(settings.Lanes);
        _loops = [.. Enumerable.Range(0, threads).Select(i => new ListenerLoop(
            settings,
            (_count / threads) + (i < _count % threads ? 1 : 0),
            settings.Window == 0 ? 0 : Math.Max(1, settings.Window / threads),
            marker,
            first,
            Failures))];
        _started = Stopwatch.GetTimestamp();
        foreach (var loop in _loops)
        {
            loop.Start();
        }
    }

    public FailureTally Failures { get; } = new();

    public int Connected => _loops.Sum(l => l.Connected);

    public int Closed => _loops.Sum(l => l.Closed);

    public long Received => _loops.Sum(l => l.Ledger.Received);

    public long Doubled => _loops.Sum(l => l.Ledger.Doubled);

    public long OutOfOrder => _loops.Sum(l => l.Ledger.OutOfOrder);

    public long LastDelivery => _loops.Max(l => l.LastDelivery);

    public LatencyHistogram Latency => Merge(l => l.Latency);

    public LatencyHistogram FirstLatency => Merge(l => l.FirstLatency);

    public LatencyHistogram ConnectTime => Merge(l => l.ConnectTime);

    /// <summary>From the first connect to the last greeting.</summary>
    public TimeSpan ConnectDuration => Stopwatch.GetElapsedTime(_started, _loops.Max(l => l.LastConnected));

    /// <summary>Opens them all and waits until each has its greeting, has failed, or a minute has passed.</summary>
    public static Listeners Open(ListenerSettings settings, Marker marker)
    {
        var listeners = new Listeners(settings, marker);
        while (listeners.Connected + listeners.Closed < listeners._count
            && Stopwatch.GetElapsedTime(listeners._started) < ConnectLimit)
        {
            Thread.Sleep(PollInterval);
        }

        return listeners;
    }

    /// <summary>Waits until so many deliveries have come, or none has for a while.</summary>
    public void WaitForDeliveries(long expected, TimeSpan quiet)
    {
        var received = Received;
        var progress = Stopwatch.GetTimestamp();
        while (received < expected && Stopwatch.GetElapsedTime(progress) < quiet)
        {
            Thread.Sleep(PollInterval);
            var now = Received;
            progress = now > received ? Stopwatch.GetTimestamp() : progress;
            received = now;
        }
    }

    /// <summary>Closes them; what was counted may be read afterwards.</summary>
    public void Stop()
    {
        if (_stopped)
        {
            return;
        }

        _stopped = true;
        foreach (var loop in _loops)
        {
            loop.RequestStop();
        }

        foreach (var loop in _loops)
        {
            loop.Join();
        }
    }

    public long CountLost(int[] pushed) => _loops.Sum(l => l.Ledger.CountLost(pushed));

    /// <summary>How many of the listeners that got all saw the lanes interleaved otherwise than most did.</summary>
    public int CountDissenters(int[] pushed)
    {
        var groups = _loops.SelectMany(l => l.Ledger.Orders(pushed)).GroupBy(o => o).Select(g => g.Count()).ToList();
        return groups.Sum() - groups.DefaultIfEmpty().Max();
    }

    public void Dispose()
    {
        Stop();
        foreach (var loop in _loops)
        {
            loop.Dispose();
        }
    }

    private LatencyHistogram Merge(Func<ListenerLoop, LatencyHistogram> choose)
    {
        var all = new LatencyHistogram();
        foreach (var loop in _loops)
        {
            all.Add(choose(loop));
        }

        return all;
    }
}
