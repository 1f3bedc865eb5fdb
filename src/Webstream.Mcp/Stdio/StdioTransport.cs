using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using Webstream.Tools;

namespace Webstream.Mcp.Stdio;

/// <summary>
/// One JSON-RPC message a line, in and out. The library's own transport forgets the answers of what still runs when the input ends; this
/// one knows which requests are unanswered, and leaves only when they are answered:
/// <code>
/// input ends ── no handshake? ──→ wait for the answers (Bare)
///            └→ Stopping ──→ wait (Running) ──→ cancel, wait (Cancelled) ──→ answer the rest with an error ──→ Ended
/// </code>
/// </summary>
internal sealed partial class StdioTransport : TransportBase
{
    private readonly Stream output;
    private readonly StreamReader reader;
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
        reader = new(input, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        SetConnected();
        Ended = Task.Run(RunAsync);
    }

    /// <summary>Completes when the input has ended and nothing is left to answer.</summary>
    public Task Ended { get; }

    /// <summary>Cancelled when the end is near: who waits for something to happen answers with what there is.</summary>
    public CancellationToken Stopping => stopping.Token;

    /// <summary>Ends as if the input had.</summary>
    public void End() => ended.Cancel();

    public override async Task SendMessageAsync(JsonRpcMessage message, CancellationToken cancellationToken = default)
    {
        if (!IsConnected)
        {
            // It was answered with the news of the end.
            return;
        }

        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(message, RequestLine.Json), (byte)'\n'];
        await writing.WaitAsync(cancellationToken);
        try
        {
            // Whole or not at all: half a line would spoil the next one.
            await output.WriteAsync(line, CancellationToken.None);
            await output.FlushAsync(CancellationToken.None);
        }
        finally
        {
            writing.Release();
            if (message is JsonRpcResponse or JsonRpcError)
            {
                pending.End(((JsonRpcMessageWithId)message).Id);
            }
        }
    }

    public override ValueTask DisposeAsync()
    {
        // A read of standard input cannot be cancelled, so it is not waited for.
        End();
        return ValueTask.CompletedTask;
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
            // The output has been closed: there is nobody to answer.
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
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            if (RequestLine.Parse(line) is { } message)
            {
                await (message is JsonRpcRequest request && RequestFault.Of(request.Params) is { } fault
                    ? SendMessageAsync(RequestLine.Error(request.Id, McpErrorCode.InvalidParams, fault))
                    : TakeAsync(message));
            }
            else if (RequestLine.IdOf(line) is { } id)
            {
                await SendMessageAsync(RequestLine.Error(id, McpErrorCode.InvalidRequest, "The line is not a JSON-RPC 2.0 message that could be read."));
            }
            else
            {
                LogGarbage(logger, line.Length);
            }
        }
    }

    private async Task<string?> LineAsync()
    {
        try
        {
            return await reader.ReadLineAsync(CancellationToken.None).AsTask().WaitAsync(ended.Token);
        }
        catch (Exception end) when (end is OperationCanceledException or IOException)
        {
            // An input that breaks has ended.
            return null;
        }
    }

    private async Task TakeAsync(JsonRpcMessage message)
    {
        ofAClient |= RequestLine.IsOfAClient(message);
        // A subscription stays unanswered for as long as its client listens.
        if (message is JsonRpcRequest { Method: not RequestMethods.SubscriptionsListen } request)
        {
            pending.Begin(request.Id);
        }
        else if (RequestLine.CancelledBy(message) is { } cancelled)
        {
            // Nobody answers a request that was taken back.
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

    [LoggerMessage(1, LogLevel.Warning, "A line of {Length} characters was no JSON-RPC message; it was passed over")]
    private static partial void LogGarbage(ILogger logger, int length);

    [LoggerMessage(2, LogLevel.Warning, "The client closed the output before all was answered")]
    private static partial void LogClientGone(ILogger logger);
}
