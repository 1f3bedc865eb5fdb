using System.Diagnostics.Metrics;

namespace Webstream.Grains.Log;

/// <summary>What the log counts. Meter <c>Webstream.Grains</c>.</summary>
internal sealed class LogMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Webstream.Grains";

    private readonly Counter<long> refused;

    public LogMetrics(IMeterFactory meters) => refused = meters.Create(MeterName).CreateCounter<long>(
        "webstream.log.refused", "{append}", "Appends that the fence refused, because another writer had been there");

    /// <summary>An append was refused: another activation writes this stream, or the log lost its tail.</summary>
    public void Refused() => refused.Add(1);
}
