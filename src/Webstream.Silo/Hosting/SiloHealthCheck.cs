using Microsoft.Extensions.Diagnostics.HealthChecks;
using Webstream.Grains;

namespace Webstream.Silo.Hosting;

/// <summary>Ready while grains answer through this silo and it is not shutting down.</summary>
internal sealed class SiloHealthCheck(IGrainFactory grains, IHostApplicationLifetime lifetime) : IHealthCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy("The silo is shutting down.");
        }

        try
        {
            await grains.GetGrain<ICatalogueGrain>(0).List().WaitAsync(Patience, cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception failure) when (failure is TimeoutException or Orleans.Runtime.OrleansException)
        {
            return HealthCheckResult.Unhealthy("The cluster does not answer.");
        }
    }
}
