using Webstream.Gateway.Rules;
using Webstream.Gateway.Streams;

namespace Webstream.Gateway.Health;

/// <summary>Shows this gateway's streams in the metrics: those that the rules let whoever reads them see.</summary>
internal sealed class StreamGauges(StreamRegistry streams, StreamRules rules, GatewayMetrics metrics) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        metrics.ShowStreams(() => streams.Here
            .Select(entry => (entry.Owner.Name, entry.Stream!.LastAnswer!))
            .Where(entry => entry.Item2 is not null && rules.Known?.InMetrics(entry.Name) == true));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
