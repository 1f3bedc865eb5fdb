using System.Diagnostics.Metrics;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway;

/// <summary>What the gateway counts. Meter <c>Webstream.Gateway</c>.</summary>
internal sealed class GatewayMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Webstream.Gateway";

    private readonly Meter meter;
    private readonly Counter<long> messages;
    private readonly Counter<long> bytes;
    private readonly Counter<long> ended;
    private readonly Counter<long> fetches;
    private readonly UpDownCounter<int> listeners;

    public GatewayMetrics(IMeterFactory meters)
    {
        meter = meters.Create(MeterName);
        messages = meter.CreateCounter<long>("webstream.hub.messages", "{message}", "Messages that reached a hub, by the way on which they came");
        fetches = meter.CreateCounter<long>("webstream.hub.fetches", "{fetch}", "Holes fetched from the stream's owner");
        bytes = meter.CreateCounter<long>("webstream.listener.written", "By", "Bytes written to listeners");
        ended = meter.CreateCounter<long>("webstream.listener.ended", "{listener}", "Listeners that ended, by reason");
        listeners = meter.CreateUpDownCounter<int>("webstream.listeners", "{listener}", "Listeners connected to this gateway");
    }

    /// <summary>
    /// Shows what the owners of the streams answered last: the same numbers that pushers are told.
    /// </summary>
    public void ShowStreams(Func<IEnumerable<(StreamName Stream, StreamStatus Status)>> streams)
    {
        meter.CreateObservableGauge("webstream.stream.clients", () => Measure(status => status.Clients), "{listener}", "Listeners of a stream on all gateways");
        meter.CreateObservableGauge("webstream.stream.foreign", () => Measure(status => status.Foreign), "{listener}", "How many of these listeners are pages of unknown origin");
        meter.CreateObservableGauge("webstream.stream.gateways", () => Measure(status => status.Gateways), "{gateway}", "Gateways that these listeners are on");
        meter.CreateObservableGauge("webstream.stream.head", () => Measure(status => status.Head), "{message}", "The newest sequence of a stream");

        IEnumerable<Measurement<long>> Measure(Func<StreamStatus, long> value) =>
            streams().Select(s => new Measurement<long>(value(s.Status), new KeyValuePair<string, object?>("stream", s.Stream.Value)));
    }

    /// <summary>Messages came to a stream.</summary>
    /// <param name="count">How many were new to it.</param>
    /// <param name="way"><c>receipt</c>, <c>stream</c> or <c>fetch</c>.</param>
    public void Arrived(int count, string way)
    {
        if (count > 0)
        {
            messages.Add(count, new KeyValuePair<string, object?>("way", way));
        }
    }

    public void Fetched() => fetches.Add(1);

    public void Written(long count) => bytes.Add(count);

    public void Connected() => listeners.Add(1);

    public void Ended(FanOut.ListenerEnd reason)
    {
        listeners.Add(-1);
        ended.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()));
    }
}
