using OpenTelemetry.Metrics;
using Webstream.Gateway.Access;
using Webstream.Grains.Memory;

namespace Webstream.Gateway.Health;

/// <summary><c>GET /metrics</c>, as Prometheus reads it.</summary>
internal static class MetricsEndpoint
{
    private const string Path = "/metrics";
    private const string GrainsMeter = "Webstream.Grains";
    private const string OrleansMeter = "Microsoft.Orleans";

    public static IServiceCollection AddGatewayMetrics(this IServiceCollection services)
    {
        services.AddSingleton<GatewayMetrics>();
        services.AddHostedService<StreamGauges>();
        services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddMeter(GatewayMetrics.MeterName, MemoryBudget.MeterName, GrainsMeter, OrleansMeter)
            .AddPrometheusExporter());
        return services;
    }

    // The metrics hold the names of the streams, so pages of other origins must not read them. That belongs to the endpoint, because routing finds
    // the endpoint by more than one spelling of its path.
    public static void MapMetrics(this IEndpointRouteBuilder routes) =>
        routes.MapPrometheusScrapingEndpoint(Path)
            .WithMetadata(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]))
            .Needs(AccessAction.Metrics);
}
