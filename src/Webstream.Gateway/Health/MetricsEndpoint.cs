using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using Webstream.Gateway.Access;
using Webstream.Grains.Memory;
using Webstream.ServiceDefaults.Settings;

namespace Webstream.Gateway.Health;

/// <summary><c>GET /metrics</c>, as Prometheus reads it.</summary>
internal static class MetricsEndpoint
{
    private const string Path = "/metrics";
    private const string GrainsMeter = "Webstream.Grains";
    private const string OrleansMeter = "Microsoft.Orleans";

    public static IServiceCollection AddGatewayMetrics(this IServiceCollection services, IConfiguration webstream)
    {
        services.AddSettings<MetricsOptions>(webstream, "Metrics");
        services.AddSingleton<GatewayMetrics>();
        services.AddHostedService<StreamGauges>();
        services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddMeter(GatewayMetrics.MeterName, MemoryBudget.MeterName, GrainsMeter, OrleansMeter)
            .AddPrometheusExporter());
        return services;
    }

    /// <summary>Keeps the metrics on their own port, if they have one. After routing.</summary>
    public static void UseMetricsPort(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<MetricsOptions>>().Value.Port is not null)
        {
            app.UseMiddleware<MetricsPort>();
        }
    }

    // The metrics hold the names of the streams, so pages of other origins must not read them. That belongs to the endpoint, because routing finds
    // the endpoint by more than one spelling of its path.
    public static void MapMetrics(this IEndpointRouteBuilder routes) =>
        routes.MapPrometheusScrapingEndpoint(Path)
            .WithMetadata(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]))
            .Needs(AccessAction.Metrics);
}
