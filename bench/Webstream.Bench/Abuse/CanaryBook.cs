using System.Diagnostics;
using Webstream.Bench.Measuring;

namespace Webstream.Bench.Abuse;

/// <summary>The outcome of each of the canary's messages. One thread writes it; others read it when that thread has ended.</summary>
internal sealed class CanaryBook
{
    private readonly List<Fate> _fates = [];
    private int _missing;
    private int _highest = -1;
    private long _lastArrival;
    private long _silence;

    [Flags]
    private enum Fate
    {
        Due = 0,
        Acknowledged = 1,
        Received = 2,
    }

    /// <summary>The time from when a push was due to the answer that accepted it, over all its tries.</summary>
    public LatencyHistogram Acknowledge { get; } = new();

    /// <summary>The time from when a push was due to its message's arrival.</summary>
    public LatencyHistogram Delivery { get; } = new();

    /// <summary>How long a refusal took, where pushes may be refused.</summary>
    public LatencyHistogram Refusal { get; } = new();

    public FailureTally FailedPushes { get; } = new();

    public FailureTally FailedListening { get; } = new();

    /// <summary>Answers other than 200 to a listener: browsers give up for good on those.</summary>
    public FailureTally RefusedListening { get; } = new();

    public int Cuts { get; set; }

    public int Gaps { get; set; }

    public int Doubled { get; private set; }

    public int OutOfOrder { get; private set; }

    public int Acknowledged { get; private set; }

    /// <summary>Acknowledged messages that have not come.</summary>
    public int Missing => _missing;

    /// <summary>The longest time between two messages that came.</summary>
    public TimeSpan LongestSilence => TimeSpan.FromSeconds((double)_silence / Stopwatch.Frequency);

    /// <summary>Records a push that is due, and returns its number.</summary>
    public int Begin()
    {
        _fates.Add(Fate.Due);
        return _fates.Count - 1;
    }

    public void Accept(int number, long took)
    {
        Acknowledge.Record(took);
        Acknowledged++;
        _missing += _fates[number].HasFlag(Fate.Received) ? 0 : 1;
        _fates[number] |= Fate.Acknowledged;
    }

    public void Receive(int number, long due, long now)
    {
        if (_fates[number].HasFlag(Fate.Received))
        {
            Doubled++;
            return;
        }

        _missing -= _fates[number].HasFlag(Fate.Acknowledged) ? 1 : 0;
        _fates[number] |= Fate.Received;
        Delivery.Record(now - due);
        OutOfOrder += number < _highest ? 1 : 0;
        _highest = Math.Max(_highest, number);
        _silence = _lastArrival == 0 ? 0 : Math.Max(_silence, now - _lastArrival);
        _lastArrival = now;
    }
}
