using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace Webstream.Mcp.Stdio;

/// <summary>What stands in a line of the input.</summary>
internal static class RequestLine
{
    private const int DeepestForAnId = 4096;

    /// <summary>How messages are written and read.</summary>
    public static JsonTypeInfo<JsonRpcMessage> Json { get; } =
        (JsonTypeInfo<JsonRpcMessage>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonRpcMessage));

    /// <summary>The message of a line; none when there is none in it.</summary>
    public static JsonRpcMessage? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The id in a line that is no message, such as one nested too deeply: whoever sent it waits for an answer.</summary>
    public static RequestId? IdOf(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = DeepestForAnId });
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("method", out _)
                || !document.RootElement.TryGetProperty("id", out var id))
            {
                return null;
            }

            return id.ValueKind switch
            {
                JsonValueKind.String => new RequestId(id.GetString()!),
                JsonValueKind.Number when id.TryGetInt64(out var number) => new RequestId(number),
                _ => null,
            };
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Whether a message belongs to a conversation that a client began properly: by a handshake, or, since 2026, by saying who it is in each request.</summary>
    public static bool IsOfAClient(JsonRpcMessage message) =>
        message is JsonRpcRequest { Method: RequestMethods.Initialize }
        || (message is JsonRpcRequest { Params: JsonObject parameters }
            && parameters["_meta"] is JsonObject meta
            && meta.ContainsKey(MetaKeys.ProtocolVersion));

    /// <summary>The request that a client takes back by this message.</summary>
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

    /// <summary>Takes a request back, as a client would.</summary>
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
