using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Webstream.Protocol;

namespace Webstream.Gateway.Pushing;

/// <summary>Makes a push of a body.</summary>
internal static class PushParser
{
    // JSON may write a byte of text as six ("\u0041"), and names and keys come besides.
    private const int LongestEscape = 6;
    private const int RoomForTheRest = 16 * 1024;

    private const string Example = "Send {\"message\": \"your text\"}.";

    private const string Once = "Send each member once.";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The longest body whose parts are all within their bounds, in bytes.</summary>
    public static int MaxBodyBytes(PushKind kind, int maxMessageBytes) => kind switch
    {
        PushKind.Batch => (LongestEscape * PushRules.MaxBatchBytes) + (PushRules.MaxBatchMessages * 1024),
        PushKind.RawText => maxMessageBytes,
        _ => (LongestEscape * maxMessageBytes) + RoomForTheRest,
    };

    /// <exception cref="WebstreamException">The body is malformed.</exception>
    public static PushRequest Parse(PushKind kind, ReadOnlyMemory<byte> body, HttpRequest request)
    {
        // A byte order mark is no part of the text.
        body = body.Span.StartsWith("\uFEFF"u8) ? body[3..] : body;
        if (!Utf8.IsValid(body.Span))
        {
            throw Invalid("The body is not valid UTF-8. Send the text in UTF-8.");
        }

        return kind switch
        {
            PushKind.Batch => ParseBatch(body, request),
            PushKind.RawText => ParseText(body, request),
            PushKind.Text when !LooksLikeMessageObject(body) => ParseText(body, request),
            PushKind.Text => ParseJson(body, request, $"{Once} With ?raw the body is taken as text."),
            _ => ParseJson(body, request, Once),
        };
    }

    private static PushRequest ParseJson(ReadOnlyMemory<byte> body, HttpRequest request, string once)
    {
        var push = ReadObject(body, "", Example, once);
        return new(
            RequestedStream.From(push.Stream, request.Query["stream"]),
            [Item(push, request.Query["event"])],
            Key(request, push.IdempotencyKey));
    }

    private static PushRequest ParseText(ReadOnlyMemory<byte> body, HttpRequest request)
    {
        var push = new PushBody { Message = StrictUtf8.GetString(body.Span) };
        return new(RequestedStream.From(request.Query["stream"]), [Item(push, request.Query["event"])], Key(request, null));
    }

    private static PushRequest ParseBatch(ReadOnlyMemory<byte> body, HttpRequest request)
    {
        var items = new List<PushItem>();
        StreamName? stream = null;
        string? key = null;
        var line = 0;
        foreach (var range in body.Span.Split((byte)'\n'))
        {
            line++;
            var text = body[range].Trim(" \t\r"u8);
            if (text.IsEmpty)
            {
                continue;
            }

            var push = ReadObject(text, $"Line {line}: ", $"Line {line} is not a JSON object with a message. {Example}");
            if (items.Count == PushRules.MaxBatchMessages)
            {
                throw new WebstreamException(WebstreamError.TooLarge, $"A batch holds at most {PushRules.MaxBatchMessages} messages. Send it in parts.");
            }

            stream = push.Stream is null ? stream : RequestedStream.From(stream?.Value, push.Stream);
            key = push.IdempotencyKey is null || key is null || key == push.IdempotencyKey
                ? push.IdempotencyKey ?? key
                : throw Invalid("A batch has one idempotency key for the whole of it; its lines name several.");
            items.Add(Item(push, request.Query["event"], $"Line {line}: "));
        }

        return items.Count > 0
            ? new(RequestedStream.From(stream?.Value, request.Query["stream"]), items, Key(request, key))
            : throw Invalid($"The batch is empty. Send one JSON object a line. {Example}");
    }

    private static PushItem Item(PushBody push, string? eventOfQuery, string where = "")
    {
        EventId? inReplyTo = null;
        if (!string.IsNullOrEmpty(push.InReplyTo))
        {
            inReplyTo = EventId.TryParse(push.InReplyTo, out var id)
                ? id
                : throw Invalid($"{where}inReplyTo is the id of a message, as <epoch>-<sequence>.");
        }

        return new()
        {
            Message = !string.IsNullOrEmpty(push.Message) ? push.Message : throw Invalid($"{where}There is no message, or it is empty. {Example}"),
            Event = NullIfEmpty(push.Event) ?? NullIfEmpty(eventOfQuery),
            Source = NullIfEmpty(push.Source),
            InReplyTo = inReplyTo,
            Options = push.Options is { Length: > 0 } ? push.Options : null,
        };
    }

    private static string? Key(HttpRequest request, string? member)
    {
        var header = NullIfEmpty(request.Headers["Idempotency-Key"].ToString());
        return header is null || NullIfEmpty(member) is not { } other || other == header
            ? header ?? NullIfEmpty(member)
            : throw Invalid("The header Idempotency-Key and the member idempotencyKey differ. Send one of them.");
    }

    private static PushBody ReadObject(ReadOnlyMemory<byte> json, string where, string advice, string once = Once)
    {
        if (json.Trim(" \t\r\n"u8).IsEmpty)
        {
            throw Invalid($"The body is empty. {advice}");
        }

        if (!StrictJson.TryParse(LoneSurrogates.Replaced(json), out var document, out var fault))
        {
            throw Invalid(fault.Kind switch
            {
                JsonFaultKind.Repeated => $"{where}The member {Shown(fault.Path)} stands twice. {once}",
                JsonFaultKind.TooDeep => $"{where}The JSON is nested more than {StrictJson.MaxDepth} levels deep. {Example}",
                JsonFaultKind.Utf16 => $"The body is UTF-16. Send it in UTF-8. {advice}",
                _ => $"The body is not a JSON object. {advice}",
            });
        }

        using (document)
        {
            return ReadObject(document.RootElement, advice);
        }
    }

    private static PushBody ReadObject(JsonElement json, string advice)
    {
        try
        {
            return JsonSerializer.Deserialize(json, WireJson.Instance.PushBody) ?? throw Invalid($"The body is null. {advice}");
        }
        catch (JsonException failure)
        {
            // The path names the caller's own member; the rest of the exception's text is about our types.
            throw Invalid(failure.Path is { Length: > 1 } path && path.StartsWith("$.", StringComparison.Ordinal)
                ? $"The member {path[2..]} has the wrong type: texts are strings, options a list of strings. {advice}"
                : $"The body is not a JSON object. {advice}");
        }
    }

    // The original's clients send JSON as text/plain too (fetch's default).
    private static bool LooksLikeMessageObject(ReadOnlyMemory<byte> body)
    {
        if (!body.Span.TrimStart(" \t\r\n"u8).StartsWith("{"u8))
        {
            return false;
        }

        try
        {
            // Not parsed strictly: reading finds a repeated member later, and a repeated member does not make the body plain text.
            using var document = JsonDocument.Parse(LoneSurrogates.Replaced(body));
            return document.RootElement.TryGetProperty("message", out _);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    // A name that the caller sent, shortened and without any character that could be more than text.
    private static string Shown(string name) => new([.. name.Take(100).Select(c => char.IsControl(c) ? '?' : c)]);

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static WebstreamException Invalid(string text) => new(WebstreamError.Invalid, text);
}
