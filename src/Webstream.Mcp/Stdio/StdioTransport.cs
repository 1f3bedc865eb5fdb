using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using Webstream.Tools;

namespace Webstream.Mcp.Stdio;

/// <summary>
/// One JSON-RPC message a line, in and out. When the input ends, the library's own transport drops the answers of calls that still run. This
/// transport knows which requests are unanswered, and ends only when they are answered:
/// <code>
/// input ends ── no handshake? ──→ wait for the answers (Bare)
///            └→ Stopping ──→ wait (Running) ──→ cancel, wait (Cancelled) ──→ answer the rest with an error ──→ Ended
/// </code>
/// </summary>
internal sealed partial class StdioTransport : TransportBase
{
    /// <summary>The longest line in bytes: more than any gateway takes as a body, whatever its settings are.</summary>
    public const int LongestLine = 4 * 1024 * 1024;

    private static readonly SearchValues<byte> Blank = SearchValues.Create(" \t\r\0"u8);

    private readonly Stream output;
    private readonly LineReader reader;
    private readonly StdioPatience patience;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly PendingRequests pending = new();
    private readonly SemaphoreSlim writing = new(1, 1);
    private readonly CancellationTokenSource ended = new();
    private readonly CancellationTokenSource stopping = new();
    private bool ofAClient;

    public StdioTransport(Stream input, Stream output, StdioPatience patience, TimeProvider time, ILoggerFactory logging)
        : base("standard input and output", logging)
    {
        this.output = output;
        this.patience = patience;
        this.time = time;
        logger = logging.CreateLogger<StdioTransport>();
        reader = new(input, LongestLine);
        SetConnected();
        Ended = Task.Run(RunAsync);
    }

    /// <summary>Completes when the input has ended and no request is left to answer.</summary>
    public Task Ended { get; }

    /// <summary>Cancelled when the end is near: calls that wait for messages then answer with the messages so far.</summary>
    public CancellationToken Stopping => stopping.Token;

    /// <summary>Ends as if the input had.</summary>
    public void End() => ended.Cancel();

    public override async Task SendMessageAsync(JsonRpcMessage message, CancellationToken cancellationToken = default)
    {
        if (!IsConnected)
        {
            // The request has already been answered with an error about the end.
            return;
        }

        try
        {
            await WriteAsync(JsonSerializer.SerializeToUtf8Bytes(message, RequestLine.Json), cancellationToken);
        }
        finally
        {
            if (message is JsonRpcResponse or JsonRpcError)
            {
                pending.End(((JsonRpcMessageWithId)message).Id);
            }
        }
    }

    public override ValueTask DisposeAsync()
    {
        // A read of standard input cannot be cancelled, so this does not wait for it.
        End();
        return ValueTask.CompletedTask;
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        byte[] line = [.. ForeignIds.Restored(json).Span, (byte)'\n'];
        await writing.WaitAsync(cancellationToken);
        try
        {
            // A line is written as a whole or not at all: half a line would spoil the next line.
            await output.WriteAsync(line, CancellationToken.None);
            await output.FlushAsync(CancellationToken.None);
        }
        finally
        {
            writing.Release();
        }
    }

    private async Task RunAsync()
    {
        try
        {
            await ReadAsync();
            await FinishAsync();
        }
        catch (IOException)
        {
            // The client has closed the output, so there is nobody to answer.
            LogClientGone(logger);
        }
        finally
        {
            await stopping.CancelAsync();
            SetDisconnected();
        }
    }

    private async Task ReadAsync()
    {
        while (await LineAsync() is { } line)
        {
            if (line.IsCut)
            {
                await TakeAsync(MessageDoor.TooLong(line.Bytes.Span, LongestLine, "line"), line.Bytes.Length);
            }
            else if (line.Bytes.Span.ContainsAnyExcept(Blank))
            {
                // A line end in UTF-16 leaves a zero byte behind.
                await TakeAsync(MessageDoor.Open(line.Bytes.TrimStart((byte)0), "line"), line.Bytes.Length);
            }
        }
    }

    private async Task<InputLine?> LineAsync()
    {
        try
        {
            return await reader.NextAsync().WaitAsync(ended.Token);
        }
        catch (Exception end) when (end is OperationCanceledException or IOException)
        {
            // An input that fails counts as ended.
            return null;
        }
    }

    private async Task TakeAsync(IncomingMessage message, int length)
    {
        try
        {
            if (message.Kind is IncomingKind.Request or IncomingKind.Notification or IncomingKind.Response)
            {
                await TakeAsync(RequestLine.Read(message), length);
            }
        }
        catch (Exception failure) when (failure is not IOException)
        {
            // Whatever fails in one line, the next line is read, and earlier requests are answered.
            LogFailed(logger, length, failure);
            message = MessageDoor.Failed(message);
        }

        if (message.Kind == IncomingKind.Refused)
        {
            LogRefused(logger, length, message.Reason);
            await WriteAsync(message.Json, CancellationToken.None);
        }
        else if (message.Reason.Length > 0)
        {
            LogUnanswered(logger, length, message.Reason);
        }
    }

    private async Task TakeAsync(JsonRpcMessage message, int length)
    {
        ofAClient |= RequestLine.IsOfAClient(message);
        // A subscription stays unanswered for as long as its client listens.
        if (message is JsonRpcRequest { Method: not RequestMethods.SubscriptionsListen } request)
        {
            // Back-pressure: a client that sends requests without reading the answers is read again when it has read them.
            await pending.WhenRoomAsync(ended.Token);
            pending.Begin(request.Id, length);
        }
        else if (RequestLine.CancelledBy(message) is { } cancelled)
        {
            // A cancelled request gets no answer.
            pending.End(cancelled);
        }

        await WriteMessageAsync(message);
    }

    private async Task FinishAsync()
    {
        if (!ofAClient)
        {
            await pending.WhenNoneAsync(patience.Bare, time, ended.Token);
        }

        await stopping.CancelAsync();
        await pending.WhenNoneAsync(patience.Running, time);
        foreach (var id in pending.Ids)
        {
            await WriteMessageAsync(RequestLine.Cancel(id));
        }

        await pending.WhenNoneAsync(patience.Cancelled, time);
        foreach (var id in pending.Ids)
        {
            await SendMessageAsync(RequestLine.Error(id, McpErrorCode.InternalError, "The input ended before the call was done, so it was cancelled."));
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "A line of {Length} bytes was answered with an error: {Reason}")]
    private static partial void LogRefused(ILogger logger, int length, string reason);

    [LoggerMessage(2, LogLevel.Warning, "The client closed the output before all was answered")]
    private static partial void LogClientGone(ILogger logger);

    [LoggerMessage(3, LogLevel.Warning, "A line of {Length} bytes has no answer: {Reason}")]
    private static partial void LogUnanswered(ILogger logger, int length, string reason);

    [LoggerMessage(4, LogLevel.Error, "A line of {Length} bytes could not be taken")]
    private static partial void LogFailed(ILogger logger, int length, Exception failure);
}
