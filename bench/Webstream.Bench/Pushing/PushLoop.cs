using System.Diagnostics;
using Webstream.Bench.Linux;
using Webstream.Bench.Listening;
using Webstream.Bench.Measuring;

namespace Webstream.Bench.Pushing;

/// <summary>
/// One thread that drives all push connections: on a fixed schedule, or each as fast as it is answered.
/// </summary>
/// <remarks>
/// On a schedule, request <c>i</c> is due at <c>start + i / rate</c> on lane <c>i mod lanes</c>. A lane that still
/// waits for an answer at that time sends as soon as it can. All latencies count from when the request was due, so a
/// server cannot hide a stall by delaying the requests.
/// </remarks>
internal sealed class PushLoop : IDisposable
{
    private const int AlarmToken = -1;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly PushPlan _plan;
    private readonly Numbering _numbering;
    private readonly PushConnection[] _lanes;
    private readonly Epoll _epoll = new();
    private readonly AlarmClock _alarm = new();
    private readonly byte[] _scratch;
    private readonly int _requests;
    private readonly double _interval;
    private long _start;
    private long _deadline;
    private int _due;

    public PushLoop(PushPlan plan, Marker marker)
    {
        _plan = plan;
        _numbering = plan.Numbering;
        _requests = plan.Requests;
        _interval = plan.Rate > 0 ? Stopwatch.Frequency * plan.Batch / plan.Rate : 0;
        _scratch = new byte[8192 + plan.Size];
        _lanes = [.. Enumerable.Range(0, plan.Connections).Select(i => new PushConnection(plan, marker, i))];
        for (var i = 0; i < _lanes.Length; i++)
        {
            _epoll.Add(_lanes[i].Descriptor, Epoll.Readable | Epoll.Writable | Epoll.EdgeTriggered, i);
        }

        _epoll.Add(_alarm.Descriptor, Epoll.Readable, AlarmToken);
    }

    public FailureTally Failures { get; } = new();

    /// <summary>The time from when a push was due to its answer.</summary>
    public LatencyHistogram Acknowledge { get; } = new();

    /// <summary>The time from when a push was due to when it was sent: the part of the latency that is this tool's delay or its lanes' wait.</summary>
    public LatencyHistogram SentLate { get; } = new();

    public int WrongClientCounts { get; private set; }

    public (int Told, int Right) FirstWrongClientCount { get; private set; }

    public long StartedAt => _start;

    public TimeSpan Elapsed { get; private set; }

    public long AcknowledgedMessages => _lanes.Sum(l => (long)l.Acknowledged * _plan.Batch);

    /// <summary>How many messages were acknowledged in each lane of each stream; see <see cref="DeliveryAudit"/>.</summary>
    public int[] CountMessages()
    {
        var counts = new int[_numbering.Step];
        foreach (var lane in _lanes)
        {
            for (var turn = 0; turn < lane.Acknowledged; turn++)
            {
                counts[_numbering.FirstOf(lane.RequestOf(turn)) % counts.Length] += _plan.Batch;
            }
        }

        return counts;
    }

    /// <summary>Pushes everything; returns when the last answer is in.</summary>
    public void Run()
    {
        _start = Stopwatch.GetTimestamp();
        _deadline = _plan.Messages == 0 ? _start + (long)(_plan.Duration.TotalSeconds * Stopwatch.Frequency) : long.MaxValue;
        ReleaseDue();
        var progress = _start;
        while (Array.Exists(_lanes, l => l.Waiting) || MoreToCome())
        {
            var ready = _epoll.Wait(milliseconds: 100);
            progress = ready > 0 ? Stopwatch.GetTimestamp() : progress;
            for (var i = 0; i < ready; i++)
            {
                var token = (int)_epoll.Token(i);
                if (token == AlarmToken)
                {
                    _alarm.Silence();
                    ReleaseDue();
                }
                else
                {
                    Serve(token);
                }
            }

            if (Stopwatch.GetElapsedTime(progress) > Patience)
            {
                GiveUp();
            }
        }

        Elapsed = Stopwatch.GetElapsedTime(_start);
        foreach (var lane in _lanes.Where(l => l.Failure is not null))
        {
            Failures.Add(lane.Failure!);
        }
    }

    public void Dispose()
    {
        foreach (var lane in _lanes)
        {
            lane.Dispose();
        }

        _alarm.Dispose();
        _epoll.Dispose();
    }

    /// <summary>On a schedule, whether a push is not due yet and a lane still works.</summary>
    private bool MoreToCome() => _interval > 0 && _due < _requests && Array.Exists(_lanes, l => l.Failure is null);

    private long DueAt(int request) => _start + (long)(request * _interval);

    private void ReleaseDue()
    {
        if (_interval == 0)
        {
            for (var i = 0; i < _lanes.Length; i++)
            {
                PushNext(i);
            }

            return;
        }

        while (_due < _requests && DueAt(_due) <= Stopwatch.GetTimestamp())
        {
            var lane = _due++ % _lanes.Length;
            if (!_lanes[lane].Waiting)
            {
                PushNext(lane);
            }
        }

        if (_due < _requests)
        {
            _alarm.Set(DueAt(_due));
        }
    }

    private void PushNext(int index)
    {
        var lane = _lanes[index];
        var request = lane.Next;
        var ready = _interval > 0 ? request < _due : request < _requests && Stopwatch.GetTimestamp() < _deadline;
        if (!ready || lane.Failure is not null)
        {
            return;
        }

        lane.Push(_interval > 0 ? DueAt((int)request) : 0);
        SentLate.Record(lane.SentAt - lane.Scheduled);
    }

    private void Serve(int index)
    {
        var lane = _lanes[index];
        if (!lane.Serve(_scratch, out var answer))
        {
            return;
        }

        Acknowledge.Record(Stopwatch.GetTimestamp() - lane.Scheduled);
        if (_plan.ExpectedClients is { } expected && answer.Settled)
        {
            var right = expected[_numbering.StreamOf(lane.RequestOf(lane.Acknowledged - 1))];
            if (answer.Clients != right && WrongClientCounts++ == 0)
            {
                FirstWrongClientCount = (answer.Clients, right);
            }
        }

        PushNext(index);
    }

    private void GiveUp()
    {
        foreach (var lane in _lanes.Where(l => l.Waiting))
        {
            lane.Fail($"a push was not answered within {Patience.TotalSeconds} seconds");
        }
    }
}
