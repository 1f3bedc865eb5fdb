using System.Diagnostics;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>The result of a read that could wait.</summary>
/// <param name="Page">What was read.</param>
/// <param name="Waited">How long it took.</param>
/// <param name="CutShort">The server is ending, so the read did not wait for as long as the caller asked.</param>
internal readonly record struct WaitedPage(ReadPage Page, TimeSpan Waited, bool CutShort)
{
    /// <summary>The actual wait, in words.</summary>
    public string Within => $"within {Waited.TotalSeconds:0} seconds{(CutShort ? " (the wait was cut short, because the server is ending)" : "")}";
}

/// <summary>A read that may wait. It returns early when the server ends, and reports progress to the client while it waits.</summary>
internal static class WaitingRead
{
    // Often enough for clients that give up on a call without progress.
    private static readonly TimeSpan ProgressPeriod = TimeSpan.FromSeconds(5);

    public static async Task<WaitedPage> ReadAsync(
        IWebstream webstream, ReadRequest read, RequestContext<CallToolRequestParams> request, CancellationToken stopping, CancellationToken cancellationToken)
    {
        if (read.Wait <= TimeSpan.Zero)
        {
            return new(await webstream.ReadAsync(read, cancellationToken), TimeSpan.Zero, CutShort: false);
        }

        var started = Stopwatch.GetTimestamp();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, cancellationToken);
        using var answered = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var telling = TellAsync(request, read.Wait, answered.Token);
        try
        {
            return new(await webstream.ReadAsync(read, either.Token), Stopwatch.GetElapsedTime(started), CutShort: false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // Return the messages that are there, and the cursor: the caller's next read goes to a server that continues.
            return new(await webstream.ReadAsync(read with { Wait = TimeSpan.Zero }, cancellationToken), Stopwatch.GetElapsedTime(started), CutShort: true);
        }
        finally
        {
            await answered.CancelAsync();
            await telling;
        }
    }

    private static async Task TellAsync(RequestContext<CallToolRequestParams> request, TimeSpan wait, CancellationToken answered)
    {
        if (request.Params.ProgressToken is not { } token)
        {
            return;
        }

        using var timer = new PeriodicTimer(ProgressPeriod);
        try
        {
            for (var waited = TimeSpan.Zero; await timer.WaitForNextTickAsync(answered);)
            {
                waited += ProgressPeriod;
                var progress = new ProgressNotificationValue { Progress = (float)waited.TotalSeconds, Total = (float)wait.TotalSeconds, Message = "Waiting for messages" };
                await request.Server.NotifyProgressAsync(token, progress, cancellationToken: answered);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or IOException or InvalidOperationException)
        {
            // The answer is there, or the client has gone.
        }
    }
}
