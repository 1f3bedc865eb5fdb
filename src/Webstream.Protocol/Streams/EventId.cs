using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Webstream.Protocol;

/// <summary>
/// A position in a stream, written <c>&lt;epoch&gt;-&lt;sequence&gt;</c>: "I have everything up to here".
/// At most 36 ASCII bytes: browsers send it back as <c>Last-Event-ID</c>, and a long value causes a preflight.
/// </summary>
/// <param name="Epoch">Identifies one lifetime of the stream's history: 64 random bits, in hexadecimal; 0 before the first message.</param>
/// <param name="Sequence">1, 2, 3 … without gaps within an epoch; 0 before the first message.</param>
[JsonConverter(typeof(EventIdJsonConverter))]
public readonly record struct EventId(ulong Epoch, long Sequence) : ISpanFormattable, IUtf8SpanFormattable
{
    /// <summary>The longest id, in ASCII bytes.</summary>
    public const int MaxLength = 36;

    /// <summary>The head of a stream that nobody has pushed to: <c>0-0</c>. A resume from it replays all retained messages.</summary>
    public static EventId Zero => default;

    /// <summary>A new epoch that nobody can guess.</summary>
    public static ulong NewEpoch()
    {
        Span<byte> bytes = stackalloc byte[8];
        ulong epoch;
        do
        {
            RandomNumberGenerator.Fill(bytes);
            epoch = BitConverter.ToUInt64(bytes);
        }
        while (epoch == 0);
        return epoch;
    }

    /// <summary>
    /// Parses an id in its only valid form: lower-case hexadecimal, a hyphen, decimal; no sign, no leading zeros.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out EventId id)
    {
        id = default;
        var hyphen = text.IndexOf('-');
        if (hyphen is < 1 or > 16 || text.Length > MaxLength
            || !ulong.TryParse(text[..hyphen], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var epoch)
            || !long.TryParse(text[(hyphen + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
        {
            return false;
        }

        var candidate = new EventId(epoch, sequence);
        // An epoch of zero has no messages, so nothing but 0-0 can be a position in it.
        if (epoch == 0 && sequence != 0)
        {
            return false;
        }

        Span<char> canonical = stackalloc char[MaxLength];
        if (!candidate.TryFormat(canonical, out var written, default, null) || !canonical[..written].SequenceEqual(text))
        {
            return false;
        }

        id = candidate;
        return true;
    }

    /// <summary>The id in its written form.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Epoch:x}-{Sequence}");

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <inheritdoc/>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        destination.TryWrite(CultureInfo.InvariantCulture, $"{Epoch:x}-{Sequence}", out charsWritten);

    /// <inheritdoc/>
    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        // Formatted in pieces: an interpolated string would box its numbers until the method is compiled a second time.
        bytesWritten = 0;
        if (!Epoch.TryFormat(utf8Destination, out var hyphen, "x", CultureInfo.InvariantCulture) || hyphen == utf8Destination.Length)
        {
            return false;
        }

        utf8Destination[hyphen] = (byte)'-';
        if (!Sequence.TryFormat(utf8Destination[(hyphen + 1)..], out var digits, default, CultureInfo.InvariantCulture))
        {
            return false;
        }

        bytesWritten = hyphen + 1 + digits;
        return true;
    }
}

/// <summary>Writes an event id as its text.</summary>
public sealed class EventIdJsonConverter : JsonConverter<EventId>
{
    /// <inheritdoc/>
    public override EventId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        EventId.TryParse(reader.GetString(), out var id)
            ? id
            : throw new JsonException("An event id is <epoch>-<sequence>, as the id of a message gives it.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, EventId value, JsonSerializerOptions options)
    {
        Span<byte> text = stackalloc byte[EventId.MaxLength];
        value.TryFormat(text, out var written, default, null);
        writer.WriteStringValue(text[..written]);
    }
}
