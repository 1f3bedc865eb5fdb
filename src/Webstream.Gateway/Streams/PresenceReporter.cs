using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Streams;

/// <summary>
/// Keeps a stream's owner told how many listeners this gateway has: at once when the number changes, and at every interval.
/// One report is in flight at a time; changes meanwhile go into the next. The answers are how this gateway learns the real head.
/// </summary>
internal sealed partial class PresenceReporter(
    StreamOwner owner,
    GatewayIdentity gateway,
    TimeSpan interval,
    Func<EventId> position,
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
    private int listeners;
    private Task running = Task.CompletedTask;

    /// <summary>How many listeners there are.</summary>
    public int Listeners => Volatile.Read(ref listeners);

    /// <summary>Begins to report.</summary>
    public void Start() => running = RunAsync();

    /// <summary>One more listener, told with the next report.</summary>
    public void Add() => Interlocked.Increment(ref listeners);

    /// <summary>One listener less, told with the next report.</summary>
    public void Remove() => Interlocked.Decrement(ref listeners);

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

    /// <summary>An activation has answered a report: it knows this gateway.</summary>
    public void Answered(Guid activation)
    {
        lock (gate)
        {
            reportedTo = activation;
        }
    }

    /// <summary>
    /// Takes the number of the last report. If the stream comes back to this gateway, that is after this, so its reports are newer.
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
            await owner.ReportAsync(Report(lastNumber) with { Last = true });
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
                waiting.TrySetResult(await owner.ReportAsync(Report(number)));
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
        var at = position();
        return new(gateway.Name, gateway.Incarnation, number, Listeners, at.Epoch, at.Sequence);
    }

    [LoggerMessage(1, LogLevel.Debug, "A presence report was not answered; it is sent again")]
    private static partial void LogFailed(ILogger logger, Exception failure);
}
