using OpenTelemetry.Metrics;
using Webstream.Gateway.Access;
using Webstream.Gateway.Errors;
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
        services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddMeter(GatewayMetrics.MeterName, MemoryBudget.MeterName, GrainsMeter, OrleansMeter)
            .AddPrometheusExporter());
        return services;
    }

    public static void MapMetrics(this WebApplication app)
    {
        // The names of the streams are in it: not for pages elsewhere.
        app.UseWhen(context => context.Request.Path == Path, branch => branch.Use((context, next) =>
            context.RequestServices.GetRequiredService<AccessRules>().IsForeignPage(context)
                ? Problems.Refused(StatusCodes.Status403Forbidden, AccessRules.ForeignReading).ExecuteAsync(context)
                : next(context)));
        app.MapPrometheusScrapingEndpoint(Path);
    }
}
