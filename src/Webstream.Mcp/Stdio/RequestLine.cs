using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using Webstream.Tools;

namespace Webstream.Mcp.Stdio;

/// <summary>Reads and makes the messages on standard input and output.</summary>
internal static class RequestLine
{
    /// <summary>How messages are written and read.</summary>
    public static JsonTypeInfo<JsonRpcMessage> Json { get; } =
        (JsonTypeInfo<JsonRpcMessage>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonRpcMessage));

    /// <summary>The message that was let in.</summary>
    public static JsonRpcMessage Read(IncomingMessage message) => JsonSerializer.Deserialize(message.Json.Span, Json)!;

    /// <summary>Whether a message shows a proper client: one that sends a handshake or, since 2026, identifies itself in each request.</summary>
    public static bool IsOfAClient(JsonRpcMessage message) =>
        message is JsonRpcRequest { Method: RequestMethods.Initialize }
        || (message is JsonRpcRequest { Params: JsonObject parameters }
            && parameters["_meta"] is JsonObject meta
            && meta.ContainsKey(MetaKeys.ProtocolVersion));

    /// <summary>The request that a client cancels by this message.</summary>
    public static RequestId? CancelledBy(JsonRpcMessage message)
    {
        if (message is not JsonRpcNotification { Method: NotificationMethods.CancelledNotification, Params: JsonObject parameters })
        {
            return null;
        }

        return parameters["requestId"] is JsonValue id
            ? id.TryGetValue(out string? text) ? new RequestId(text) : id.TryGetValue(out long number) ? new RequestId(number) : null
            : null;
    }

    /// <summary>Cancels a request, as a client would.</summary>
    public static JsonRpcMessage Cancel(RequestId id) => new JsonRpcNotification
    {
        Method = NotificationMethods.CancelledNotification,
        Params = new JsonObject
        {
            ["requestId"] = id.Id is long number ? JsonValue.Create(number) : JsonValue.Create(id.ToString()),
            ["reason"] = "The input has ended.",
        },
    };

    /// <summary>Answers a request with an error.</summary>
    public static JsonRpcMessage Error(RequestId id, McpErrorCode code, string text) =>
        new JsonRpcError { Id = id, Error = new() { Code = (int)code, Message = text } };
}
