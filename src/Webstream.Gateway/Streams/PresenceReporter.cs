using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Streams;

/// <summary>
/// Keeps a stream's owner told how many listeners this gateway has: at once when the number changes, and at every interval.
/// One report is in flight at a time; changes meanwhile go into the next. The answers are how a hub learns the real head.
/// </summary>
internal sealed partial class PresenceReporter(
    IStreamGrain grain,
    GatewayIdentity gateway,
    TimeSpan interval,
    Func<(int Clients, EventId Position)> state,
    Action<StreamStatus, ulong> observe,
    TimeProvider time,
    ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly CancellationTokenSource stopping = new();
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource<StreamStatus> next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Guid reportedTo;
    private long lastNumber;
    private Task running = Task.CompletedTask;

    public void Start() => running = RunAsync();

    /// <summary>Reports now.</summary>
    /// <returns>The answer to a report that began after this call.</returns>
    public Task<StreamStatus> ReportAsync()
    {
        lock (gate)
        {
            changed.TrySetResult();
            return next.Task;
        }
    }

    /// <summary>A fresh activation knows nobody yet: reports at once when this one was not reported to.</summary>
    public void Seen(Guid activation)
    {
        lock (gate)
        {
            if (activation != reportedTo)
            {
                changed.TrySetResult();
            }
        }
    }

    /// <summary>
    /// Takes the number of the last report. The stream's next hub on this gateway is made after this, so its reports are newer.
    /// </summary>
    public void Close()
    {
        lock (gate)
        {
            lastNumber = gateway.NextReport();
        }
    }

    /// <summary>Stops after a last report, so that the count does not wait for the lease to run out.</summary>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await running;
        try
        {
            await grain.Report(Report(lastNumber) with { Last = true });
        }
        catch (Exception failure)
        {
            LogFailed(logger, failure);
        }

        stopping.Dispose();
    }

    private async Task RunAsync()
    {
        var pause = FirstPause;
        while (!stopping.IsCancellationRequested)
        {
            TaskCompletionSource<StreamStatus> waiting;
            long number;
            lock (gate)
            {
                if (lastNumber != 0)
                {
                    return;
                }

                number = gateway.NextReport();
                // Who asks from here on waits for the next report: this one may not include it.
                waiting = next;
                next = new(TaskCreationOptions.RunContinuationsAsynchronously);
                changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            try
            {
                var report = Report(number);
                var status = await grain.Report(report);
                lock (gate)
                {
                    reportedTo = status.Activation;
                }

                observe(status, report.Epoch);
                waiting.TrySetResult(status);
                pause = FirstPause;
                await changed.Task.WaitAsync(interval, time, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception failure)
            {
                LogFailed(logger, failure);
                lock (gate)
                {
                    // Those who wait go along into the next try.
                    _ = next.Task.ContinueWith(t => waiting.TrySetResult(t.Result), TaskScheduler.Default);
                    changed.TrySetResult();
                }

                await Task.Delay(pause, time, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    private PresenceReport Report(long number)
    {
        var (clients, position) = state();
        return new(gateway.Name, gateway.Incarnation, number, clients, position.Epoch, position.Sequence);
    }

    [LoggerMessage(1, LogLevel.Debug, "A presence report was not answered; it is sent again")]
    private static partial void LogFailed(ILogger logger, Exception failure);
}
