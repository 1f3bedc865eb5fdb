namespace Webstream.Bench.Listening;

/// <summary>
/// Says of each listener what is lost, doubled and out of order, without memory per message.
/// </summary>
/// <remarks>
/// Each push connection is a lane that pushes one after the other, so a lane's messages have one right order
/// (number = lane + lanes × position) and a listener needs only the next expected position of each. Across lanes the
/// server decides, but it must decide the same for all: a running hash of the numbers is compared at the end.
/// Only a listener that misses something costs more: the holes are kept as ranges, to tell late from doubled.
/// Written by one thread; read when it has ended.
/// </remarks>
internal sealed class Ledger(int listeners, int lanes)
{
    private readonly int[] _next = new int[listeners * lanes];
    private readonly ulong[] _order = new ulong[listeners];
    private readonly Dictionary<int, List<(int From, int To)>> _holes = [];
    private readonly HashSet<int> _flawed = [];

    /// <summary>Messages received for the first time.</summary>
    public long Received { get; private set; }

    public long Doubled { get; private set; }

    public long OutOfOrder { get; private set; }

    /// <summary>False when the listener had this message already.</summary>
    public bool Record(int listener, int number)
    {
        var position = (int)((uint)number / (uint)lanes);
        var entry = (listener * lanes) + (number - (position * lanes));
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

    /// <summary>How many of the pushed messages (a count for each lane) never came.</summary>
    public long CountLost(ReadOnlySpan<int> pushed)
    {
        var lost = _holes.Values.Sum(ranges => ranges.Sum(r => (long)r.To - r.From));
        for (var entry = 0; entry < _next.Length; entry++)
        {
            lost += Math.Max(0, pushed[entry % lanes] - _next[entry]);
        }

        return lost;
    }

    /// <summary>The hash of the order each listener saw, of those that saw all and each once.</summary>
    public IEnumerable<ulong> Orders(int[] pushed)
    {
        for (var listener = 0; listener < listeners; listener++)
        {
            if (!_flawed.Contains(listener) && _next.AsSpan(listener * lanes, lanes).SequenceEqual(pushed))
            {
                yield return _order[listener];
            }
        }
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
