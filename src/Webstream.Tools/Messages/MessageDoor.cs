using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>
/// Checks every incoming message of the protocol, over both transports. The library can read an accepted message without failing. A refused
/// message gets an error that says what to send, under the request's id where that can be read. A notification is never answered. The check
/// never throws.
/// </summary>
public static class MessageDoor
{
    private static readonly JsonTypeInfo<JsonRpcMessage> Message = (JsonTypeInfo<JsonRpcMessage>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonRpcMessage));
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Checks one message.</summary>
    /// <param name="bytes">The message as it came, with or without a byte order mark.</param>
    /// <param name="what">The sender's word for it: a body or a line.</param>
    public static IncomingMessage Open(ReadOnlyMemory<byte> bytes, string what)
    {
        var json = bytes.Span.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
        try
        {
            if (!StrictJson.TryParse(json, out var document, out var fault))
            {
                return Refused(fault, json.Span, what);
            }

            using (document)
            {
                return Read(document.RootElement, what);
            }
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or ArgumentException or FormatException)
        {
            // All other faults that the framework finds only when a value is read.
            return Refused(Envelope.Of(json.Span), McpErrorCode.InvalidRequest, $"The {what} is not a JSON-RPC 2.0 message that could be read.");
        }
    }

    /// <summary>The answer to a message that is too long.</summary>
    /// <param name="beginning">The part of it that was read.</param>
    /// <param name="most">The most bytes that a message may have.</param>
    /// <param name="what">The sender's word for it.</param>
    public static IncomingMessage TooLong(ReadOnlySpan<byte> beginning, int most, string what) =>
        Refused(Envelope.OfBeginning(beginning), McpErrorCode.InvalidRequest, $"The {what} is longer than {most} bytes, and was not read. Shorten the message, or send it in parts.");

    /// <summary>The answer to a message that could be read, and was not carried out because of an unforeseen failure.</summary>
    /// <param name="message">The message, as it came in.</param>
    public static IncomingMessage Failed(IncomingMessage message) =>
        Refused(Envelope.Of(message.Json.Span), McpErrorCode.InternalError, FailureText.Unexpected);

    /// <summary>An error without an id, for input that is not a message.</summary>
    /// <param name="text">What to send instead.</param>
    public static ReadOnlyMemory<byte> Error(string text) => Refused(Envelope.Unknown, McpErrorCode.InvalidRequest, text).Json;

    private static IncomingMessage Read(JsonElement message, string what)
    {
        if (message.ValueKind != JsonValueKind.Object)
        {
            return Refused(
                Envelope.Unknown, McpErrorCode.InvalidRequest, $"The {what} has to be one JSON-RPC 2.0 message, a JSON object: lists of messages are not taken.");
        }

        var isAnswer = !message.TryGetProperty("method", out var method) && (message.TryGetProperty("result", out _) || message.TryGetProperty("error", out _));
        var hasId = message.TryGetProperty("id", out var id);
        if (hasId && id.ValueKind is not (JsonValueKind.String or JsonValueKind.Number) && !isAnswer)
        {
            return Refused(Envelope.Unknown, McpErrorCode.InvalidRequest, "id has to be a string or a number. Leave it out of a notification, which is not answered.");
        }

        if (hasId && id.ValueKind == JsonValueKind.String && !IsText(id))
        {
            return Refused(new(null, isAnswer), McpErrorCode.InvalidRequest, "id is not well-formed Unicode: it holds half of a character (a lone surrogate). Send the whole character.");
        }

        var waiting = new Envelope(hasId ? JsonMarshal.GetRawUtf8Value(id).ToArray() : null, isAnswer);
        if (isAnswer)
        {
            // An answer without an id answers nothing. The library would refuse it in its own words.
            return hasId && id.ValueKind is JsonValueKind.String or JsonValueKind.Number ? Answer(message, waiting) : Stray(waiting);
        }

        if (!IsText(method))
        {
            return Refused(waiting, McpErrorCode.InvalidRequest, "method has to be a string, the name of a method, as \"tools/list\".");
        }

        var name = method.GetString()!;
        if (!message.TryGetProperty("jsonrpc", out var version) || !IsText(version) || !version.ValueEquals("2.0"))
        {
            return Refused(waiting with { NobodyWaits = !hasId && Envelope.IsNotification(name) }, McpErrorCode.InvalidRequest, "jsonrpc has to be \"2.0\".");
        }

        var parameters = message.TryGetProperty("params", out var sent) && sent.ValueKind != JsonValueKind.Null && !ParameterCheck.IsEmptyList(sent) ? sent : default;
        var fault = parameters.ValueKind is JsonValueKind.Object or JsonValueKind.Undefined
            ? ParameterCheck.FaultIn(name, parameters)
            : "params has to be a JSON object.";
        if (fault is not null)
        {
            return Refused(waiting with { NobodyWaits = !hasId }, McpErrorCode.InvalidParams, fault);
        }

        return new(
            hasId ? IncomingKind.Request : IncomingKind.Notification,
            Written(id, name, parameters),
            hasId || Envelope.IsNotification(name) ? "" : "It has no id, so it is a notification, which is never answered. Give a request an id, as \"id\": 1.",
            HasForeignId: hasId && id.ValueKind == JsonValueKind.Number && ForeignIds.Is(JsonMarshal.GetRawUtf8Value(id)));
    }

    private static bool IsText(JsonElement value) => value.ValueKind == JsonValueKind.String && StrictJson.FaultIn(value, StringComparer.Ordinal) is null;

    // This server asks clients nothing. If it ever does, the library has to be able to read the answer.
    private static IncomingMessage Answer(JsonElement message, Envelope waiting)
    {
        var json = JsonMarshal.GetRawUtf8Value(message).ToArray();
        if (StrictJson.FaultIn(message, StringComparer.OrdinalIgnoreCase) is null)
        {
            try
            {
                _ = JsonSerializer.Deserialize(json, Message);
                return new(IncomingKind.Response, json);
            }
            catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException)
            {
                // The library cannot read it as an answer.
            }
        }

        return Stray(waiting);
    }

    private static IncomingMessage Stray(Envelope waiting) => Refused(waiting, McpErrorCode.InvalidRequest, "It is an answer to nothing that was asked.");

    private static IncomingMessage Refused(JsonFault fault, ReadOnlySpan<byte> json, string what)
    {
        var inParameters = fault.Path.StartsWith("params.", StringComparison.Ordinal) || fault is { Path: "params", Kind: JsonFaultKind.HalfCharacter };
        return fault.Kind switch
        {
            JsonFaultKind.NotUtf8 => Refused(Envelope.Of(json), McpErrorCode.ParseError, $"The {what} is not valid UTF-8. Send it in UTF-8."),
            JsonFaultKind.Utf16 => Refused(Envelope.Unknown, McpErrorCode.ParseError, $"The {what} is UTF-16. Send it in UTF-8."),
            JsonFaultKind.Broken => Refused(Envelope.Unknown, McpErrorCode.ParseError, $"The {what} is not JSON, or more than one value. Send one JSON-RPC 2.0 message."),
            JsonFaultKind.TooDeep => Refused(
                Envelope.Of(json), McpErrorCode.InvalidRequest, $"The {what} is nested more than {StrictJson.MaxDepth} levels deep. Send it flatter."),
            _ => Refused(Envelope.Of(json), inParameters ? McpErrorCode.InvalidParams : McpErrorCode.InvalidRequest, ParameterCheck.Described(fault)),
        };
    }

    private static IncomingMessage Refused(Envelope envelope, McpErrorCode code, string text)
    {
        if (envelope.NobodyWaits)
        {
            return new(IncomingKind.Ignored, default, text);
        }

        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer, Readable);
        writer.WriteStartObject();
        writer.WriteString("jsonrpc", "2.0");
        writer.WritePropertyName("id");
        writer.WriteRawValue(envelope.Id ?? "null"u8, skipInputValidation: true);
        writer.WriteStartObject("error");
        writer.WriteNumber("code", (int)code);
        writer.WriteString("message", text);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.Flush();
        return new(IncomingKind.Refused, buffer.WrittenSpan.ToArray(), text);
    }

    private static byte[] Written(JsonElement id, string method, JsonElement parameters)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer, Readable);
        writer.WriteStartObject();
        writer.WriteString("jsonrpc", "2.0");
        if (id.ValueKind != JsonValueKind.Undefined)
        {
            writer.WritePropertyName("id");
            WriteId(writer, id);
        }

        writer.WriteString("method", method);
        if (parameters.ValueKind == JsonValueKind.Object)
        {
            writer.WriteStartObject("params");
            foreach (var member in parameters.EnumerateObject())
            {
                Write(writer, member, method);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter writer, JsonProperty member, string method)
    {
        if (ParameterCheck.IsNothing(member))
        {
            return;
        }

        writer.WritePropertyName(member.Name);
        if (member.Name.Equals("requestId", StringComparison.OrdinalIgnoreCase) && method == NotificationMethods.CancelledNotification)
        {
            WriteId(writer, member.Value);
        }
        else
        {
            writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(member.Value), skipInputValidation: true);
        }
    }

    private static void WriteId(Utf8JsonWriter writer, JsonElement id)
    {
        var written = JsonMarshal.GetRawUtf8Value(id);
        if (id.ValueKind == JsonValueKind.Number && ForeignIds.Is(written))
        {
            ForeignIds.Write(writer, written);
        }
        else
        {
            writer.WriteRawValue(written, skipInputValidation: true);
        }
    }
}
