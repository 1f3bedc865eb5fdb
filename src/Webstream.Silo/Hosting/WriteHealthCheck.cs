using Microsoft.Extensions.Diagnostics.HealthChecks;
using Webstream.Grains.History;

namespace Webstream.Silo.Hosting;

/// <summary>Healthy while this silo's histories would take a push now, which is tried. Degraded when only something else about them fails.</summary>
internal sealed class WriteHealthCheck(IStreamHistories logs, IHostApplicationLifetime lifetime) : IHealthCheck
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
            var health = await logs.AskHealthAsync().WaitAsync(Patience, cancellationToken);
            return health.Refusal is { } refusal ? HealthCheckResult.Unhealthy(refusal)
                : health.Trouble is { } trouble ? HealthCheckResult.Degraded(trouble)
                : HealthCheckResult.Healthy();
        }
        catch (Exception failure) when (failure is TimeoutException or HistoryAwayException)
        {
            return HealthCheckResult.Unhealthy("The log does not answer.");
        }
    }
}
