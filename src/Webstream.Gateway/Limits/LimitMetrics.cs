using System.Diagnostics.Metrics;

namespace Webstream.Gateway.Limits;

/// <summary>
/// Counts what the limits of callers refuse. No caller is named: anybody could fill the metrics. A part of the meter <c>Webstream.Gateway</c>.
/// </summary>
internal sealed class LimitMetrics
{
    private static readonly string[] Names = ["messages", "bytes", "new_streams", "requests", "pushes", "listeners", "wrong_keys", "key_streams", "key_bytes"];

    private readonly long[] refused = new long[Names.Length];

    public LimitMetrics(CallerBudgets budgets, IMeterFactory meters)
    {
        var meter = meters.Create(GatewayMetrics.MeterName);
        meter.CreateObservableCounter(
            "webstream.limits.refused", Refused, "{refusal}", "What was refused because one caller had reached a limit, by limit");
        meter.CreateObservableGauge("webstream.limits.callers", () => budgets.Count, "{caller}", "Callers whose use of the limits is counted");
    }

    /// <summary>A limit has refused something.</summary>
    public void Count(Limit limit) => Interlocked.Increment(ref refused[(int)limit]);

    // Each limit from the start, so that a first refusal shows as an increase.
    private IEnumerable<Measurement<long>> Refused() =>
        Names.Select((name, i) => new Measurement<long>(Interlocked.Read(ref refused[i]), new KeyValuePair<string, object?>("limit", name)));
}
