using System.Diagnostics.Metrics;
using Webstream.Grains.History;

namespace Webstream.Grains.Tests.History.Redis;

/// <summary>Counts the appends that a history reports as <c>webstream.log.refused</c>.</summary>
internal sealed class RefusedAppends : IMeterFactory
{
    private readonly List<Meter> meters = [];
    private readonly MeterListener listener = new();
    private long count;

    public RefusedAppends()
    {
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Meter.Scope == this && instrument.Name == "webstream.log.refused")
            {
                listening.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref count, value));
        listener.Start();
        Metrics = new(this);
    }

    public HistoryMetrics Metrics { get; }

    public long Count => Interlocked.Read(ref count);

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        var meter = new Meter(options);
        meters.Add(meter);
        return meter;
    }

    public void Dispose()
    {
        listener.Dispose();
        meters.ForEach(meter => meter.Dispose());
    }
}
