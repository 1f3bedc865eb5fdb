using Microsoft.Extensions.Diagnostics.HealthChecks;
using Webstream.Gateway.Cluster;
using Webstream.Grains;

namespace Webstream.Gateway.Health;

/// <summary>Ready while the cluster and its log answer and the gateway is not shutting down.</summary>
internal sealed class ClusterHealthCheck(IGrainFactory grains, ClusterConnection connection, IHostApplicationLifetime lifetime) : IHealthCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy("The gateway is shutting down.");
        }

        if (connection.IsAway)
        {
            return HealthCheckResult.Unhealthy("No silo is connected.");
        }

        try
        {
            await grains.GetGrain<ICatalogueGrain>(0).Check().WaitAsync(Patience, cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception failure) when (ClusterCall.IsAway(failure))
        {
            return HealthCheckResult.Unhealthy("The cluster or its log does not answer.");
        }
    }
}
