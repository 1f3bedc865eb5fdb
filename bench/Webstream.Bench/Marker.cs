using System.Buffers.Text;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Webstream.Bench;

/// <summary>
/// The beginning of each message's text: <c>wsb:&lt;run&gt;:&lt;number&gt;:&lt;scheduled ticks&gt;;</c>.
/// The run keeps messages of earlier runs, which are still in the stream's history, out of the count. The ticks are those of
/// <see cref="Stopwatch"/>, the machine's monotonic clock, so they can be compared across threads and processes.
/// </summary>
internal sealed class Marker
{
    /// <summary>The longest marker: prefix, ten digits, colon, nineteen digits, semicolon.</summary>
    public const int MaxLength = 13 + 10 + 1 + 19 + 1;

    private readonly byte[] _prefix;

    public Marker()
    {
        Run = RandomNumberGenerator.GetHexString(8, lowercase: true);
        _prefix = Encoding.ASCII.GetBytes($"wsb:{Run}:");
    }

    public enum Found
    {
        Whole,
        CutOff,
        Broken,
    }

    public string Run { get; }

    public ReadOnlySpan<byte> Prefix => _prefix;

    /// <summary>Fills the slot with a marker and padding.</summary>
    public void Write(Span<byte> slot, int number, long scheduled)
    {
        _prefix.CopyTo(slot);
        var at = _prefix.Length;
        Utf8Formatter.TryFormat(number, slot[at..], out var written);
        at += written;
        slot[at++] = (byte)':';
        Utf8Formatter.TryFormat(scheduled, slot[at..], out written);
        at += written;
        slot[at++] = (byte)';';
        slot[at..].Fill((byte)'x');
    }

    /// <summary>Reads the bytes after a prefix.</summary>
    public static Found Read(ReadOnlySpan<byte> bytes, out int number, out long scheduled, out int length)
    {
        scheduled = 0;
        var found = ReadDigits(bytes, (byte)':', 10, out var value, out length);
        number = (int)value;
        if (found != Found.Whole)
        {
            return found;
        }

        found = ReadDigits(bytes[length..], (byte)';', 19, out scheduled, out var more);
        length += more;
        return found;
    }

    /// <summary>The index of a prefix that is cut off at the end of the bytes, and that the next read may complete; or -1.</summary>
    public int FindCutPrefix(ReadOnlySpan<byte> bytes)
    {
        // A 'w' occurs nowhere else in a prefix, so the last one is the only candidate.
        var tail = Math.Max(0, bytes.Length - _prefix.Length + 1);
        var at = bytes[tail..].LastIndexOf((byte)'w');
        return at >= 0 && Prefix.StartsWith(bytes[(tail + at)..]) ? tail + at : -1;
    }

    private static Found ReadDigits(ReadOnlySpan<byte> bytes, byte end, int limit, out long value, out int length)
    {
        value = 0;
        for (length = 0; length < bytes.Length && length <= limit; length++)
        {
            var digit = bytes[length] - '0';
            if ((uint)digit <= 9)
            {
                value = (value * 10) + digit;
                continue;
            }

            return bytes[length++] == end && length > 1 ? Found.Whole : Found.Broken;
        }

        return length > limit ? Found.Broken : Found.CutOff;
    }
}
