using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Webstream.Tools;

/// <summary>
/// Ids that the library cannot keep. JSON-RPC lets a client use any number as an id, such as <c>1.0</c>, <c>1e3</c> or 2^64; the library has
/// only strings and integers of 64 bits. The library gets a string that nobody else can know in place of the number. In its answers the
/// number is put back as it came.
/// </summary>
public static class ForeignIds
{
    // No character in it needs an escape in JSON.
    private static readonly string Mark = $"{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}:";
    private static readonly byte[] Opening = Encoding.ASCII.GetBytes($"\"{Mark}");

    /// <summary>Puts the numbers back in what the library wrote, in UTF-8.</summary>
    /// <param name="json">Complete JSON texts. An id that is cut off at the end stays as it is.</param>
    /// <returns>The same bytes when there is no such id.</returns>
    public static ReadOnlyMemory<byte> Restored(ReadOnlyMemory<byte> json)
    {
        var at = json.Span.IndexOf(Opening);
        if (at < 0)
        {
            return json;
        }

        var restored = new List<byte>(json.Length);
        var rest = json.Span;
        while (at >= 0 && rest[(at + Opening.Length)..].IndexOf((byte)'"') is >= 0 and var length)
        {
            restored.AddRange(rest[..at]);
            foreach (var unit in rest.Slice(at + Opening.Length, length))
            {
                restored.Add(unit == 'p' ? (byte)'+' : unit);
            }

            rest = rest[(at + Opening.Length + length + 1)..];
            at = rest.IndexOf(Opening);
        }

        restored.AddRange(rest);
        return restored.ToArray();
    }

    /// <summary>How many bytes at the end may be the beginning of an id that continues in the next piece.</summary>
    /// <param name="json">A piece of what the library wrote.</param>
    public static int Unfinished(ReadOnlySpan<byte> json)
    {
        var rest = json;
        if (json.LastIndexOf(Opening) is >= 0 and var at)
        {
            rest = json[(at + Opening.Length)..];
            if (rest.IndexOf((byte)'"') is not (>= 0 and var end))
            {
                return json.Length - at;
            }

            rest = rest[(end + 1)..];
        }

        var tail = rest[Math.Max(0, rest.LastIndexOf((byte)'"'))..];
        return Opening.AsSpan().StartsWith(tail) ? tail.Length : 0;
    }

    /// <summary>Whether the library cannot keep a number as an id.</summary>
    /// <param name="number">The number as it was written.</param>
    internal static bool Is(ReadOnlySpan<byte> number) =>
        !Utf8Parser.TryParse(number, out long value, out var read)
        || read != number.Length
        || value.ToString(CultureInfo.InvariantCulture).Length != number.Length;

    /// <summary>Writes the string that stands for a number.</summary>
    internal static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> number) =>
        writer.WriteStringValue(Mark + Encoding.ASCII.GetString(number).Replace('+', 'p'));
}
