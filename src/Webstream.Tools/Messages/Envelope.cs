using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Webstream.Tools;

/// <summary>What is known of a refused message: its id, and whether its sender waits for an answer.</summary>
/// <param name="Id">Its id as it was written; null when it has no id, or none that can be echoed.</param>
/// <param name="NobodyWaits">It is a notification, or an answer itself.</param>
internal sealed record Envelope(byte[]? Id, bool NobodyWaits)
{
    /// <summary>For input of which nothing is known.</summary>
    public static Envelope Unknown { get; } = new(null, false);

    /// <summary>Reads a message that is complete, but breaks a rule.</summary>
    /// <param name="json">The message. Bytes that are not UTF-8 are read as U+FFFD.</param>
    public static Envelope Of(ReadOnlySpan<byte> json) => Read(System.Text.Unicode.Utf8.IsValid(json) ? json : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(json)), isWhole: true);

    /// <summary>Reads the beginning of a message.</summary>
    /// <param name="json">The part of it that was read.</param>
    public static Envelope OfBeginning(ReadOnlySpan<byte> json) => Read(json, isWhole: false);

    private static Envelope Read(ReadOnlySpan<byte> json, bool isWhole)
    {
        var reader = new Utf8JsonReader(json, isWhole, new JsonReaderState(new JsonReaderOptions { MaxDepth = int.MaxValue }));
        byte[]? id = null;
        var ids = 0;
        string? method = null;
        var answers = false;
        var ended = false;
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return Unknown;
            }

            while (reader.Read() && !(ended = reader.TokenType == JsonTokenType.EndObject))
            {
                var name = Text(ref reader);
                if (!reader.Read())
                {
                    break;
                }

                if (name == "id")
                {
                    ids++;
                    id = Echo(ref reader);
                }
                else if (name == "method")
                {
                    method = Text(ref reader);
                }
                else if (name is "result" or "error")
                {
                    answers = true;
                }

                if (!reader.TrySkip())
                {
                    break;
                }
            }
        }
        catch (JsonException)
        {
            return Unknown;
        }

        // Of two ids it is not known under which the sender waits.
        return new(
            ids == 1 ? id : null,
            ids == 0 && method is not null && (ended || IsNotification(method)) || (ended && method is null && answers));
    }

    /// <summary>Whether the protocol has no answer to a method.</summary>
    public static bool IsNotification(string method) => method.StartsWith("notifications/", StringComparison.Ordinal);

    // The current token's text, if it is a string of whole characters.
    private static string? Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.String ? reader.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static byte[]? Echo(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Number => reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan.ToArray(),
        // An id that was not UTF-8 cannot be echoed as it came.
        JsonTokenType.String when Text(ref reader) is { } text && !text.Contains('\uFFFD', StringComparison.Ordinal) =>
            [(byte)'"', .. reader.ValueSpan, (byte)'"'],
        _ => null,
    };
}
