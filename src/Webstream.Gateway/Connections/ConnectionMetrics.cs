using System.Diagnostics.Metrics;

namespace Webstream.Gateway.Connections;

/// <summary>Shows the connections. A part of the meter <c>Webstream.Gateway</c>.</summary>
internal sealed class ConnectionMetrics
{
    public ConnectionMetrics(ConnectionPlaces places, ConnectionTroubles troubles, IMeterFactory meters)
    {
        var meter = meters.Create(GatewayMetrics.MeterName);
        meter.CreateObservableGauge("webstream.connections", () => places.Open, "{connection}", "Open connections, listeners included");
        meter.CreateObservableGauge("webstream.connections.served", () => places.Served, "{connection}", "Open connections that the web server has");
        meter.CreateObservableGauge("webstream.connections.reserved", () => places.Reserved, "{connection}", "Open connections of the reserve for short requests");
        meter.CreateObservableGauge("webstream.connections.limit", () => places.Limits.Total, "{connection}", "How many connections there may be");
        meter.CreateObservableGauge("webstream.connections.waiting", () => places.Waiting, "{endpoint}", "Endpoints at which connections wait to be accepted, because there is no room");
        meter.CreateObservableCounter("webstream.connections.refused", () => troubles.RefusedAddresses, "{connection}", "Connections closed because their address had half of all, or as many as one may have");
        meter.CreateObservableCounter("webstream.connections.closed_idle", () => places.ClosedIdle, "{connection}", "Idle connections closed for others");
        meter.CreateObservableCounter("webstream.connections.accept_failures", () => troubles.Failures, "{failure}", "Connections that could not be accepted");
    }
}
