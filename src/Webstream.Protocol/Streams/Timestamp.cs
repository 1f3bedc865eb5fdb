using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Webstream.Protocol;

/// <summary>How a time is written everywhere: ISO 8601, six fractional digits, UTC as <c>+00:00</c>.</summary>
public static class Timestamp
{
    /// <summary>The length of a written timestamp, in ASCII bytes.</summary>
    public const int Length = 32;

    private const string Pattern = "yyyy-MM-ddTHH:mm:ss.ffffff+00:00";

    /// <summary>The time in its written form.</summary>
    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString(Pattern, CultureInfo.InvariantCulture);

    /// <summary>Writes the time, <see cref="Length"/> bytes of it.</summary>
    public static void Format(DateTimeOffset time, Span<byte> destination) =>
        time.UtcDateTime.TryFormat(destination[..Length], out _, Pattern, CultureInfo.InvariantCulture);

    /// <summary>Truncates a time to microseconds, as in the written form, so that comparisons agree with the text.</summary>
    public static DateTimeOffset ToMicroseconds(DateTimeOffset time) =>
        new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
}

/// <summary>Writes times in the form of <see cref="Timestamp"/>.</summary>
public sealed class TimestampJsonConverter : JsonConverter<DateTimeOffset>
{
    /// <inheritdoc/>
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTimeOffset();

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        Span<byte> text = stackalloc byte[Timestamp.Length];
        Timestamp.Format(value, text);
        writer.WriteStringValue(text);
    }
}
