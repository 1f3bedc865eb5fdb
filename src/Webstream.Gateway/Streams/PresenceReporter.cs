using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Streams;

/// <summary>
/// Reports to a stream's owner how many listeners this gateway has: at once when the number changes, and at every interval.
/// One report is in flight at a time; changes meanwhile go into the next report. From the answers this gateway learns the real head.
/// </summary>
internal sealed partial class PresenceReporter(
    StreamOwner owner,
    GatewayIdentity gateway,
    TimeSpan interval,
    Func<StreamPlace> look,
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
    private int foreign;
    private Task running = Task.CompletedTask;

    /// <summary>How many listeners there are.</summary>
    public int Listeners => Volatile.Read(ref listeners);

    /// <summary>Begins to report.</summary>
    public void Start() => running = RunAsync();

    /// <summary>Adds a listener to the count; the next report tells the owner.</summary>
    /// <param name="isForeign">It is a page of unknown origin.</param>
    public void Add(bool isForeign) => Count(1, isForeign);

    /// <summary>Takes a listener off the count; the next report tells the owner.</summary>
    /// <param name="isForeign">As it was when the listener was added.</param>
    public void Remove(bool isForeign) => Count(-1, isForeign);

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

    /// <summary>Reports at once when this activation of the grain has had no report yet: a new activation knows no listeners.</summary>
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

    /// <summary>Notes that an activation has answered a report, and so knows this gateway.</summary>
    public void Answered(Guid activation)
    {
        lock (gate)
        {
            reportedTo = activation;
        }
    }

    /// <summary>
    /// Takes the number of the last report. If the stream comes back to this gateway, its reports get higher numbers, and so are newer.
    /// </summary>
    public void Close()
    {
        lock (gate)
        {
            lastNumber = gateway.NextReport();
        }
    }

    /// <summary>Stops after a last report, so that the owner's count is right before the lease runs out.</summary>
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

    private void Count(int change, bool isForeign)
    {
        Interlocked.Add(ref listeners, change);
        Interlocked.Add(ref foreign, isForeign ? change : 0);
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
                // A caller that asks from here on waits for the next report: this report may not include its change.
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
                    // The callers that wait get the answer to the next try.
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
        var (at, _, life) = look();
        return new(gateway.Name, gateway.Incarnation, number, Listeners, at.Epoch, at.Sequence) { Life = life, Foreign = Volatile.Read(ref foreign) };
    }

    [LoggerMessage(1, LogLevel.Debug, "A presence report was not answered; it is sent again")]
    private static partial void LogFailed(ILogger logger, Exception failure);
}
