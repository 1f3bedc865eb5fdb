using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Webstream.Gateway.Bodies;
using Webstream.Tools;

namespace Webstream.Gateway.Mcp;

/// <summary>Opens a request's body before the library does. The library answers an unreadable body with its parser's text, or not at all.</summary>
internal static class McpBody
{
    private const string Json = "application/json";

    // What this gateway and the library keep for each value in a tree of JSON, in bytes.
    private const int ValueWeight = 48;

    /// <summary>The answer to a body that is refused; none when the library can go on: it then finds a body that it can read.</summary>
    /// <param name="context">The request.</param>
    /// <param name="bodies">Reads the body, within bounds on its time and on the memory of all bodies together.</param>
    /// <param name="most">The longest body in bytes.</param>
    /// <param name="within">How long it may take.</param>
    /// <exception cref="Protocol.WebstreamException">The body is too long, too slow or broken off, or there is no room for it.</exception>
    public static async Task<IResult?> RefuseAsync(HttpContext context, BodyReader bodies, int most, TimeSpan within)
    {
        var request = context.Request;
        if (!HttpMethods.IsPost(request.Method))
        {
            return null;
        }

        if (!IsJson(request.ContentType))
        {
            return Answer(
                MessageDoor.Error("Send one JSON-RPC 2.0 message in UTF-8, and say so: Content-Type: application/json."), StatusCodes.Status415UnsupportedMediaType);
        }

        if (!TakesEvents(request.Headers.Accept))
        {
            return Answer(
                MessageDoor.Error("The answer comes as an event stream. Send Accept: application/json, text/event-stream."), StatusCodes.Status406NotAcceptable);
        }

        // The library wants both types by name. To it this server's refusals are JSON, and its answers are events.
        request.Headers.Accept = "application/json, text/event-stream";
        var message = MessageDoor.Open(await bodies.ReadAsync(context, most, within, WeightOfTree), "body");
        switch (message.Kind)
        {
            case IncomingKind.Ignored:
                return Results.StatusCode(StatusCodes.Status202Accepted);
            case IncomingKind.Refused:
                return Answer(message.Json, StatusCodes.Status400BadRequest);
        }

        request.Body = new MemoryStream(message.Json.ToArray(), writable: false);
        request.ContentLength = message.Json.Length;
        request.ContentType = Json;
        if (message.HasForeignId)
        {
            context.Response.Body = new ForeignIdStream(context.Response.Body);
        }

        return null;
    }

    // The weight of the values in a body, in bytes, however short each value is in the text.
    private static long WeightOfTree(ReadOnlySpan<byte> body) =>
        (long)ValueWeight * (body.Count((byte)',') + body.Count((byte)':') + body.Count((byte)'[') + body.Count((byte)'{'));

    private static IResult Answer(ReadOnlyMemory<byte> error, int status) => Results.Text(error.Span, Json, status);

    // A client that names no type takes every type: RFC 9110, section 12.5.1.
    private static bool TakesEvents(StringValues accept) =>
        StringValues.IsNullOrEmpty(accept)
        || (MediaTypeHeaderValue.TryParseList(accept, out var types)
            && types.Any(type => type.Quality != 0 && new MediaTypeHeaderValue("text/event-stream").IsSubsetOf(type)));

    private static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && (type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase) || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase))
        && (!type.Charset.HasValue || type.Charset.Value.Trim('"').ToLowerInvariant() is "utf-8" or "utf8" or "us-ascii");
}
