namespace Webstream.Bench.Listening;

/// <summary>
/// Counts the messages that are lost, doubled or out of order for each listener, without memory per message.
/// </summary>
/// <remarks>
/// Each push connection pushes one message after the other. So its messages in a stream are a lane with one right order, and a
/// listener needs only the next expected position of each lane of its stream (see <see cref="Numbering"/>). Across lanes the
/// server chooses the order, but it must be the same for all listeners: a running hash of the numbers is compared at the end.
/// Only a listener that misses a message costs more: its gaps are kept as ranges, to distinguish late from doubled messages.
/// One thread writes it; others read it when that thread has ended.
/// </remarks>
/// <param name="numbering">The numbers of the messages.</param>
/// <param name="streams">Each listener's stream, or -1 for one that is left out of the count.</param>
internal sealed class DeliveryAudit(Numbering numbering, int[] streams)
{
    private readonly int _streams = numbering.Streams;
    private readonly int _lanes = numbering.Lanes;
    private readonly int[] _next = new int[streams.Length * numbering.Lanes];
    private readonly ulong[] _order = new ulong[streams.Length];
    private readonly Dictionary<int, List<(int From, int To)>> _holes = [];
    private readonly HashSet<int> _flawed = [];

    /// <summary>Messages received for the first time.</summary>
    public long Received { get; private set; }

    public long Doubled { get; private set; }

    public long OutOfOrder { get; private set; }

    /// <summary>Messages that were pushed into another stream than the listener's.</summary>
    public long Strayed { get; private set; }

    /// <summary>Records a message. False when the listener had it already, or should not get it.</summary>
    public bool Record(int listener, int number)
    {
        var turn = (int)((uint)number / (uint)_streams);
        var stream = number - (turn * _streams);
        if (stream != streams[listener])
        {
            Strayed += streams[listener] < 0 ? 0 : 1;
            return false;
        }

        var position = (int)((uint)turn / (uint)_lanes);
        var entry = (listener * _lanes) + (turn - (position * _lanes));
        var next = _next[entry];
        if (position != next && !RecordUnexpected(listener, entry, position))
        {
            return false;
        }

        _next[entry] = Math.Max(next, position + 1);
        _order[listener] = (_order[listener] * 0x9E3779B97F4A7C15) + (uint)number + 1;
        Received++;
        return true;
    }

    /// <summary>How many of the pushed messages (a count for each lane of each stream) never came.</summary>
    public long CountLost(int[] pushed)
    {
        var lost = _holes.Values.Sum(ranges => ranges.Sum(r => (long)r.To - r.From));
        for (var listener = 0; listener < streams.Length; listener++)
        {
            for (var lane = 0; lane < _lanes && streams[listener] >= 0; lane++)
            {
                lost += Math.Max(0, PushedTo(listener, lane, pushed) - _next[(listener * _lanes) + lane]);
            }
        }

        return lost;
    }

    /// <summary>The stream of each listener that got every message exactly once, and the hash of the order.</summary>
    public IEnumerable<(int Stream, ulong Order)> Orders(int[] pushed)
    {
        for (var listener = 0; listener < streams.Length; listener++)
        {
            if (streams[listener] >= 0 && !_flawed.Contains(listener) && HasAll(listener, pushed))
            {
                yield return (streams[listener], _order[listener]);
            }
        }
    }

    private int PushedTo(int listener, int lane, int[] pushed) => pushed[streams[listener] + (_streams * lane)];

    private bool HasAll(int listener, int[] pushed)
    {
        for (var lane = 0; lane < _lanes; lane++)
        {
            if (_next[(listener * _lanes) + lane] != PushedTo(listener, lane, pushed))
            {
                return false;
            }
        }

        return true;
    }

    private bool RecordUnexpected(int listener, int entry, int position)
    {
        _flawed.Add(listener);
        var next = _next[entry];
        if (position > next)
        {
            if (!_holes.TryGetValue(entry, out var ranges))
            {
                _holes[entry] = ranges = [];
            }

            ranges.Add((next, position));
            return true;
        }

        if (_holes.TryGetValue(entry, out var holes) && Fill(holes, position))
        {
            OutOfOrder++;
            return true;
        }

        Doubled++;
        return false;
    }

    private static bool Fill(List<(int From, int To)> holes, int position)
    {
        var at = holes.FindIndex(h => position >= h.From && position < h.To);
        if (at < 0)
        {
            return false;
        }

        var (from, to) = holes[at];
        holes.RemoveAt(at);
        if (position + 1 < to)
        {
            holes.Insert(at, (position + 1, to));
        }

        if (from < position)
        {
            holes.Insert(at, (from, position));
        }

        return true;
    }
}
