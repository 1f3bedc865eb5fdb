using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Health;

/// <summary>
/// What one gateway's gauges of streams show. Of the <c>/metrics</c> in a process with other gateways that cannot be told: it shows their streams too, and
/// no more than 2,000 of all.
/// </summary>
internal static class StreamGaugesOf
{
    /// <summary>The figures of each stream that a gauge names.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="gauge">The gauge, as <c>webstream.stream.clients</c>.</param>
    public static IReadOnlyDictionary<string, long> Read(TestGateway gateway, string gauge)
    {
        using var collector = new MetricCollector<long>(gateway.Services.GetRequiredService<IMeterFactory>(), GatewayMetrics.MeterName, gauge);
        collector.RecordObservableInstruments();
        return collector.GetMeasurementSnapshot().ToDictionary(one => (string)one.Tags["stream"]!, one => one.Value);
    }
}
