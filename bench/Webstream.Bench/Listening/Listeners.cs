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
        var first = new FirstArrival(settings.Numbering.Step);
        var requests = new ListenerRequests(settings);
        _loops = [.. Enumerable.Range(0, threads).Select(i =>
        {
            var share = (i * _count / threads)..((i + 1) * _count / threads);
            var ledger = new DeliveryAudit(settings.Numbering, [.. Enumerable.Range(0, _count)
                .Take(share)
                .Select(l => settings.PaceOf(l) == Pace.Full ? settings.StreamOf(l) : -1)]);
            var reader = new ListenerReader(marker, ledger, first, greeted: !settings.Server.Raw);
            return new ListenerLoop(settings, share, settings.Window == 0 ? 0 : Math.Max(1, settings.Window / threads), requests, reader, ledger, Failures);
        })];
        _started = Stopwatch.GetTimestamp();
        foreach (var loop in _loops)
        {
            loop.Start();
        }
    }

    public FailureTally Failures { get; } = new();

    public int Connected => _loops.Sum(l => l.Connected);

    public int Closed => _loops.Sum(l => l.Closed);

    /// <summary>The number of slow or stalled listeners that the server ended.</summary>
    public int Cut => _loops.Sum(l => l.Cut);

    public long Strayed => _loops.Sum(l => l.DeliveryAudit.Strayed);

    public long Received => _loops.Sum(l => l.DeliveryAudit.Received);

    public long Doubled => _loops.Sum(l => l.DeliveryAudit.Doubled);

    public long OutOfOrder => _loops.Sum(l => l.DeliveryAudit.OutOfOrder);

    public long LastDelivery => _loops.Max(l => l.LastDelivery);

    public LatencyHistogram Latency => Merge(l => l.Latency);

    public LatencyHistogram FirstLatency => Merge(l => l.FirstLatency);

    public LatencyHistogram ConnectTime => Merge(l => l.ConnectTime);

    /// <summary>The time from the first connect to the last greeting.</summary>
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

    /// <summary>How many deliveries the pushed messages (a count for each lane of each stream) make.</summary>
    public long CountExpected(int[] pushed)
    {
        var expected = 0L;
        foreach (var connected in _loops.Select(l => l.ConnectedByStream))
        {
            for (var lane = 0; lane < pushed.Length; lane++)
            {
                expected += (long)pushed[lane] * connected[lane % connected.Count];
            }
        }

        return expected;
    }

    /// <summary>Waits for this many deliveries, but not beyond a quiet period without deliveries or the timeout.</summary>
    public void WaitForDeliveries(long expected, TimeSpan quiet, TimeSpan patience)
    {
        var received = Received;
        var start = Stopwatch.GetTimestamp();
        var progress = start;
        while (received < expected && Stopwatch.GetElapsedTime(progress) < quiet && Stopwatch.GetElapsedTime(start) < patience)
        {
            Thread.Sleep(PollInterval);
            var now = Received;
            progress = now > received ? Stopwatch.GetTimestamp() : progress;
            received = now;
        }
    }

    /// <summary>Lets the hindered listeners read all received bytes, so that <see cref="Cut"/> is right.</summary>
    public void Drain(TimeSpan time)
    {
        foreach (var loop in _loops)
        {
            loop.RequestDrain();
        }

        Thread.Sleep(time);
    }

    /// <summary>Closes the listeners. The counts may be read afterwards.</summary>
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

    public long CountLost(int[] pushed) => _loops.Sum(l => l.DeliveryAudit.CountLost(pushed));

    /// <summary>How many listeners got every message, but in another order of the lanes than most listeners.</summary>
    public int CountDissenters(int[] pushed)
    {
        var dissenters = _loops.SelectMany(l => l.DeliveryAudit.Orders(pushed)).GroupBy(o => o.Stream).Select(s =>
            s.Count() - s.GroupBy(o => o.Order).Max(g => g.Count()));
        return dissenters.Sum();
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
