using System.Diagnostics.Metrics;

namespace Webstream.Grains.History;

/// <summary>What the history counts. Meter <c>Webstream.Grains</c>.</summary>
internal sealed class HistoryMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Webstream.Grains";

    private readonly Counter<long> refused;
    private readonly Counter<long> forgotten;
    private readonly Counter<long> closed;
    private readonly Counter<long> deleted;

    public HistoryMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        refused = meter.CreateCounter<long>(
            "webstream.log.refused", "{append}", "Appends that the fence refused, because another writer had been there");
        closed = meter.CreateCounter<long>("webstream.log.closed", "{stream}", "Streams that were closed");
        deleted = meter.CreateCounter<long>("webstream.log.deleted", "{stream}", "Streams whose history was deleted");
        forgotten = meter.CreateCounter<long>("webstream.log.forgotten", "{stream}", "Streams that gave way to new ones");
    }

    /// <summary>The fence refused an append: another activation writes this stream, or the history lost its tail.</summary>
    public void Refused() => refused.Add(1);

    /// <summary>A stream was closed.</summary>
    public void Closed() => closed.Add(1);

    /// <summary>A stream's history was deleted.</summary>
    public void Deleted() => deleted.Add(1);

    /// <summary>A quiet stream gave way to a new one.</summary>
    public void Forgotten() => forgotten.Add(1);
}
