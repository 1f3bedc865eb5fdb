using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol;
using Webstream.Tools;

namespace Webstream.Gateway.Mcp;

/// <summary>Looks at a request's body before the library does, whose answer to what it cannot read is its parser's text.</summary>
internal static class McpBody
{
    // More than a body may have: none is kept in a file.
    private const int InMemory = 16 * 1024 * 1024;

    // What is kept of each value in a tree of JSON, here and in the library.
    private const int ValueWeight = 48;

    /// <summary>What the values in a body weigh, however little is written for each, in bytes.</summary>
    public static long WeightOfTree(ReadOnlySpan<byte> body) =>
        (long)ValueWeight * (body.Count((byte)',') + body.Count((byte)':') + body.Count((byte)'[') + body.Count((byte)'{'));

    /// <summary>The answer to a body that is no request; none when the library can read it.</summary>
    public static async Task<IResult?> RefuseAsync(HttpRequest request)
    {
        if (!HttpMethods.IsPost(request.Method) || !request.HasJsonContentType())
        {
            // The library refuses these itself, by their head.
            return null;
        }

        request.EnableBuffering(InMemory);
        JsonNode? body;
        try
        {
            body = await JsonNode.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
        }
        catch (JsonException)
        {
            return Refused(null, McpErrorCode.ParseError, "The body is not JSON, or is nested too deeply. Send one JSON-RPC 2.0 message.");
        }

        request.Body.Position = 0;
        if (body is not JsonObject message)
        {
            return Refused(null, McpErrorCode.InvalidRequest, "The body has to be one JSON-RPC 2.0 message, a JSON object: lists of messages are not taken.");
        }

        return RequestFault.Of(message["params"]) is { } fault ? Refused(message["id"], McpErrorCode.InvalidParams, fault) : null;
    }

    private static IResult Refused(JsonNode? id, McpErrorCode code, string text) => Results.Text(
        new JsonObject
        {
            ["jsonrpc"] = "2.0",
            ["id"] = id?.DeepClone(),
            ["error"] = new JsonObject { ["code"] = (int)code, ["message"] = text },
        }.ToJsonString(),
        "application/json",
        statusCode: StatusCodes.Status400BadRequest);
}
