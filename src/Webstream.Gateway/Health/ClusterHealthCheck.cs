using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Webstream.Gateway.Health;

/// <summary>
/// Ready while the cluster and its history answer and the gateway is not shutting down: then listening works. Degraded when pushes are
/// refused, or when something else about the history does not work.
/// </summary>
internal sealed class ClusterHealthCheck(HistoryQuestion log, IHostApplicationLifetime lifetime) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        lifetime.ApplicationStopping.IsCancellationRequested ? HealthCheckResult.Unhealthy("The gateway is shutting down.")
        : await log.AskAsync(cancellationToken) is not { } health ? HealthCheckResult.Unhealthy("The cluster or its log does not answer.")
        : health.Text is { } trouble ? HealthCheckResult.Degraded(trouble)
        : HealthCheckResult.Healthy();
}
