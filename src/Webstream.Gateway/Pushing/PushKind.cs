using Microsoft.Net.Http.Headers;

namespace Webstream.Gateway.Pushing;

/// <summary>The form of a push's body.</summary>
internal enum PushKind
{
    /// <summary>The content type is none of the known ones.</summary>
    Unknown,

    /// <summary>One JSON object.</summary>
    Json,

    /// <summary>Plain text, unless it is the JSON object of the original's clients.</summary>
    Text,

    /// <summary>Plain text, whatever it looks like.</summary>
    RawText,

    /// <summary>One JSON object a line.</summary>
    Batch,
}

/// <summary>Tells the form of a push by its content type.</summary>
internal static class PushKinds
{
    public static PushKind Of(HttpRequest request)
    {
        // The original read JSON whatever the type: curl sends the type of a form unless told otherwise, and some clients send no type.
        if (string.IsNullOrEmpty(request.ContentType))
        {
            return PushKind.Json;
        }

        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || (type.Charset.HasValue && !IsUtf8(type.Charset.Value)))
        {
            return PushKind.Unknown;
        }

        return type.MediaType.Value?.ToLowerInvariant() switch
        {
            "application/json" or "text/json" or "application/x-www-form-urlencoded" => PushKind.Json,
            "text/plain" => request.Query.ContainsKey("raw") ? PushKind.RawText : PushKind.Text,
            { } other => IsLines(other) ? PushKind.Batch : PushKind.Unknown,
            null => PushKind.Unknown,
        };
    }

    /// <summary>Whether the body is not compressed. Some clients say that in a header.</summary>
    public static bool IsPlain(HttpRequest request) =>
        request.Headers.ContentEncoding.All(encoding => string.IsNullOrWhiteSpace(encoding) || encoding.Trim().Equals("identity", StringComparison.OrdinalIgnoreCase));

    // None of these names is registered, and each is in use somewhere.
    private static bool IsLines(string type) => type is "application/x-ndjson" or "application/ndjson" or "text/x-ndjson" or "text/ndjson"
        or "application/jsonl" or "application/x-jsonl" or "text/jsonl" or "text/x-jsonl" or "application/jsonlines" or "application/x-jsonlines"
        or "application/json-lines" or "application/x-json-lines" or "application/json-stream" or "application/ldjson"
        or "application/x-ldjson" or "text/ldjson" or "text/x-ldjson";

    // The name may be in quotes; ASCII is also UTF-8.
    private static bool IsUtf8(string charset) => charset.Trim('"').ToLowerInvariant() is "utf-8" or "utf8" or "us-ascii";
}
