using System.Diagnostics.Metrics;
using Webstream.Grains.History;

namespace Webstream.Gateway.Health;

/// <summary>
/// Shows in the metrics whether pushes are refused, and whether the history is impaired otherwise. The cluster is asked only when somebody
/// reads the metrics: a read shows the answer to an earlier read's question, and asks anew.
/// </summary>
internal sealed class HistoryGauges
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    private readonly HistoryQuestion log;
    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private volatile HistoryHealth? health = HistoryHealth.Fine;
    private Task asking = Task.CompletedTask;
    private long askedAt;

    public HistoryGauges(HistoryQuestion log, IMeterFactory meters, TimeProvider time)
    {
        (this.log, this.time) = (log, time);
        var meter = meters.Create(GatewayMetrics.MeterName);
        meter.CreateObservableGauge("webstream.log.refusing", () => Look() is { Refusal: null } ? 0 : 1, null, "1 while a push would not go in, or the cluster does not answer");
        meter.CreateObservableGauge("webstream.log.impaired", () => Look() is { Trouble: null } ? 0 : 1, null, "1 while something else about the log does not work, for example trimming");
    }

    private HistoryHealth? Look()
    {
        lock (gate)
        {
            if (asking.IsCompleted && (askedAt == 0 || time.GetElapsedTime(askedAt) > Fresh))
            {
                askedAt = time.GetTimestamp();
                asking = AskAsync();
            }
        }

        return health;
    }

    private async Task AskAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            health = await log.AskAsync(CancellationToken.None);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            health = null;
        }
    }
}
