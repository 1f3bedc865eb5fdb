using Microsoft.Extensions.Diagnostics.HealthChecks;
using Webstream.Grains;
using Webstream.Grains.History;

namespace Webstream.Silo.Hosting;

/// <summary>
/// Ready while grains and the histories answer through this silo and it is not shutting down. Degraded when pushes are refused, or when
/// something else about the histories does not work.
/// </summary>
internal sealed class SiloHealthCheck(IGrainFactory grains, IStreamHistories logs, IHostApplicationLifetime lifetime) : IHealthCheck
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
            // This silo's own access to the histories is checked too: the grain may live on another silo.
            var health = logs.AskHealthAsync();
            await Task.WhenAll(grains.GetGrain<IStreamDirectoryGrain>(0).Check(), health).WaitAsync(Patience, cancellationToken);
            return (await health).Text is { } trouble ? HealthCheckResult.Degraded(trouble) : HealthCheckResult.Healthy();
        }
        catch (Exception failure) when (failure is TimeoutException or HistoryAwayException or Orleans.Runtime.OrleansException)
        {
            return HealthCheckResult.Unhealthy("The cluster or its log does not answer.");
        }
    }
}
