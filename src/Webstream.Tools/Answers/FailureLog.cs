using System.Text.Json;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using LogEventId = Microsoft.Extensions.Logging.EventId;

namespace Webstream.Tools;

/// <summary>
/// Logs unforeseen failures with their cause, and no failure that a caller can mend. The library itself does not distinguish the two: see
/// <see cref="ServerFeatures.LibraryCategory"/>.
/// </summary>
internal sealed class FailureLog(ILogger logger)
{
    private static readonly Action<ILogger, string, Exception?> Failed =
        LoggerMessage.Define<string>(LogLevel.Error, new LogEventId(1, nameof(Failed)), "The assistants' request {Method} failed");

    private static readonly Action<ILogger, string, Exception?> Unread =
        LoggerMessage.Define<string>(LogLevel.Warning, new LogEventId(2, nameof(Unread)), "The parameters of the assistants' request {Method} could not be read");

    /// <summary>Wraps the handler of every message.</summary>
    public McpMessageHandler Around(McpMessageHandler next) => async (context, cancellationToken) =>
    {
        try
        {
            await next(context, cancellationToken);
        }
        catch (JsonException)
        {
            // MessageDoor lets in only what the library can read. Where it misses a fault, the caller has to mend that all the same.
            Unread(logger, MethodOf(context.JsonRpcMessage), null);
            throw new McpProtocolException("params has a member of a type that the protocol does not have there. Send it as the protocol says.", McpErrorCode.InvalidParams);
        }
        catch (Exception failure) when (IsUnforeseen(failure))
        {
            Tell(MethodOf(context.JsonRpcMessage), failure);
            throw new McpException(FailureText.Unexpected);
        }
    };

    /// <summary>Logs a failure.</summary>
    /// <param name="method">What failed: a name of ours.</param>
    /// <param name="failure">Its cause.</param>
    public void Tell(string method, Exception failure) => Failed(logger, method, failure);

    // An error of the protocol has its own answer, and a caller that has gone waits for none.
    private static bool IsUnforeseen(Exception failure) => failure is not (McpException or OperationCanceledException or IOException);

    private static string MethodOf(JsonRpcMessage message) => message switch
    {
        JsonRpcRequest request => VisibleText.Short(request.Method, 64),
        JsonRpcNotification notification => VisibleText.Short(notification.Method, 64),
        _ => "answer",
    };
}
