using Webstream.Bench.Http;
using Webstream.Bench.Measuring;
using static Webstream.Bench.Listening.ListenerConnection;

namespace Webstream.Bench.Listening;

/// <summary>
/// Parses the bytes that listeners receive: the response's head, the chunks, the greeting, and then only the markers.
/// One buffer serves all listeners of a thread.
/// </summary>
/// <param name="marker">The marker to look for.</param>
/// <param name="ledger">Where messages are recorded.</param>
/// <param name="first">Determines which listener has a message first.</param>
/// <param name="greeted">Whether the server sends a greeting when a listener is connected.</param>
internal sealed class ListenerReader(Marker marker, DeliveryAudit ledger, FirstArrival first, bool greeted)
{
    // The bytes that a connection carries over from its last read are copied right before the new bytes.
    private const int CarryRoom = 16 * 1024;

    private readonly byte[] _buffer = new byte[CarryRoom + (64 * 1024)];

    private long _lastDelivery;

    public enum Outcome
    {
        Nothing,
        Greeted,
        Ended,
        Refused,
        Malformed,
    }

    public LatencyHistogram Latency { get; } = new();

    public LatencyHistogram FirstLatency { get; } = new();

    /// <summary>When the last message came, in stopwatch ticks; may be read by other threads.</summary>
    public long LastDelivery => Volatile.Read(ref _lastDelivery);

    public Span<byte> Space => _buffer.AsSpan(CarryRoom);

    /// <summary>Takes the bytes that have been received into <see cref="Space"/>.</summary>
    public Outcome Take(int listener, ref ListenerConnection connection, int count, long now)
    {
        var fresh = _buffer.AsSpan(CarryRoom, count);
        var wasHead = connection.Now == Phase.Head;
        if (wasHead)
        {
            var sofar = WithCarry(ref connection, CarryRoom, count);
            if (!ResponseHead.TryRead(sofar, out var head))
            {
                return KeepAll(ref connection, sofar);
            }

            if (head.Status != 200)
            {
                return Outcome.Refused;
            }

            connection.Chunked = head.Chunked;
            connection.Now = greeted ? Phase.Greeting : Phase.Live;
            fresh = fresh[^(sofar.Length - head.Length)..];
        }

        var start = CarryRoom + count - fresh.Length;
        var length = connection.Chunked ? connection.Chunks.Decode(fresh) : fresh.Length;
        if (connection.Chunks.Malformed)
        {
            return Outcome.Malformed;
        }

        var outcome = connection.Chunks.Ended ? Outcome.Ended : wasHead && !greeted ? Outcome.Greeted : Outcome.Nothing;
        var content = WithCarry(ref connection, start, length);
        if (connection.Now == Phase.Greeting)
        {
            var end = FindGreetingEnd(content);
            if (end < 0)
            {
                return outcome == Outcome.Ended ? outcome : KeepAll(ref connection, content);
            }

            connection.Carry = null;
            content = content[end..];
            if (outcome != Outcome.Ended)
            {
                connection.Now = Phase.Live;
                outcome = Outcome.Greeted;
            }
        }

        ScanMarkers(listener, ref connection, content, now);
        return outcome;
    }

    private static Outcome KeepAll(ref ListenerConnection connection, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > CarryRoom)
        {
            return Outcome.Malformed;
        }

        connection.Keep(bytes);
        return Outcome.Nothing;
    }

    /// <summary>Where the block of the greeting ends, or -1. Only a whole block counts as received.</summary>
    private static int FindGreetingEnd(ReadOnlySpan<byte> content)
    {
        var at = content.IndexOf("data: Connected at "u8);
        var end = at < 0 ? -1 : content[at..].IndexOf("\n\n"u8);
        return end < 0 ? -1 : at + end + 2;
    }

    private Span<byte> WithCarry(ref ListenerConnection connection, int start, int length)
    {
        var carried = connection.CarryLength;
        if (carried > 0)
        {
            connection.Carry.AsSpan(0, carried).CopyTo(_buffer.AsSpan(start - carried));
            connection.CarryLength = 0;
        }

        return _buffer.AsSpan(start - carried, carried + length);
    }

    private void ScanMarkers(int listener, ref ListenerConnection connection, ReadOnlySpan<byte> content, long now)
    {
        var prefix = marker.Prefix;
        for (var at = content.IndexOf(prefix); at >= 0; at = content.IndexOf(prefix))
        {
            var rest = content[(at + prefix.Length)..];
            var found = Marker.Read(rest, out var number, out var scheduled, out var length);
            if (found == Marker.Found.CutOff)
            {
                connection.Keep(content[at..]);
                return;
            }

            content = rest[length..];
            if (found == Marker.Found.Whole && ledger.Record(listener, number))
            {
                Latency.Record(now - scheduled);
                if (first.Claim(number))
                {
                    FirstLatency.Record(now - scheduled);
                }

                Volatile.Write(ref _lastDelivery, now);
            }
        }

        var cut = marker.FindCutPrefix(content);
        if (cut >= 0)
        {
            connection.Keep(content[cut..]);
        }
    }
}
