using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Webstream.Gateway.Access;
using Webstream.ServiceDefaults.Health;

namespace Webstream.Gateway.Health;

/// <summary>
/// <c>/health/live</c>: the process runs. <c>/health/ready</c>: the gateway can take listeners and pushes. <c>/health/write</c>: a push would
/// go in.
/// </summary>
internal static class HealthEndpoints
{
    private const string Ready = "cluster";
    private const string Write = "write";

    public static IServiceCollection AddGatewayHealth(this IServiceCollection services)
    {
        services.AddSingleton<HistoryQuestion>();
        services.AddSingleton<HistoryGauges>();
        services.AddHealthChecks().AddCheck<ClusterHealthCheck>(Ready).AddCheck<WriteHealthCheck>(Write);
        return services;
    }

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        // Makes the gauges, so that the metrics show them from the start.
        routes.ServiceProvider.GetRequiredService<HistoryGauges>();
        routes.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = HealthText.WriteWordAsync }).Needs(AccessAction.Open);
        routes.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Name == Ready, ResponseWriter = HealthText.WriteTroubleAsync }).Needs(AccessAction.Open);
        routes.MapHealthChecks("/health/write", new HealthCheckOptions { Predicate = check => check.Name == Write, ResponseWriter = HealthText.WriteAllAsync }).Needs(AccessAction.Open);
    }
}
