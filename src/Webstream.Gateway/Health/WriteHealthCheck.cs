using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Webstream.Gateway.Health;

/// <summary>Healthy while a push would go in now: that is tried. Degraded when it would, but something else about the history fails.</summary>
internal sealed class WriteHealthCheck(HistoryQuestion log, IHostApplicationLifetime lifetime) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        lifetime.ApplicationStopping.IsCancellationRequested ? HealthCheckResult.Unhealthy("The gateway is shutting down.")
        : await log.AskAsync(cancellationToken) is not { } health ? HealthCheckResult.Unhealthy("The cluster or its log does not answer.")
        : health.Refusal is { } refusal ? HealthCheckResult.Unhealthy(refusal)
        : health.Trouble is { } trouble ? HealthCheckResult.Degraded(trouble)
        : HealthCheckResult.Healthy();
}
