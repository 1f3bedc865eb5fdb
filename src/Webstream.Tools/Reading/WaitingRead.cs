using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>A read that may wait. It returns early when the server ends, and reports progress to the client while it waits.</summary>
internal static class WaitingRead
{
    // Often enough for clients that give up on a call without progress.
    private static readonly TimeSpan ProgressPeriod = TimeSpan.FromSeconds(5);

    public static async Task<ReadOutcome> ReadAsync(
        IWebstream webstream, ReadPlan plan, RequestContext<CallToolRequestParams> request, TimeProvider time, CancellationToken stopping, CancellationToken cancellationToken)
    {
        var read = new FilteredRead(webstream, plan, time);
        if (plan.Longest <= TimeSpan.Zero)
        {
            return await read.RunAsync(stopping: default, cancellationToken);
        }

        using var answered = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var telling = TellAsync(request, plan.Longest, time, answered.Token);
        try
        {
            return await read.RunAsync(stopping, cancellationToken);
        }
        finally
        {
            await answered.CancelAsync();
            await telling;
        }
    }

    private static async Task TellAsync(RequestContext<CallToolRequestParams> request, TimeSpan wait, TimeProvider time, CancellationToken answered)
    {
        if (request.Params.ProgressToken is not { } token)
        {
            return;
        }

        using var timer = new PeriodicTimer(ProgressPeriod, time);
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
