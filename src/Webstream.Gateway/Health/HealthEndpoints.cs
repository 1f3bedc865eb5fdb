using Microsoft.AspNetCore.Diagnostics.HealthChecks;

namespace Webstream.Gateway.Health;

/// <summary><c>/health/live</c>: the process runs. <c>/health/ready</c>: send it listeners and pushes.</summary>
internal static class HealthEndpoints
{
    public static IServiceCollection AddGatewayHealth(this IServiceCollection services)
    {
        services.AddHealthChecks().AddCheck<ClusterHealthCheck>("cluster");
        return services;
    }

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        routes.MapHealthChecks("/health/ready");
    }
}
