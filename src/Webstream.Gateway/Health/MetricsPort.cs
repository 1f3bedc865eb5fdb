using System.Net;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Options;
using Webstream.Gateway.Access;
using Webstream.Gateway.Errors;

namespace Webstream.Gateway.Health;

/// <summary>
/// Keeps the metrics on the port of their own, where one is set, and everything but them and the health off that port. After routing, because routing
/// finds an endpoint by more than one spelling of its path.
/// </summary>
internal sealed class MetricsPort(RequestDelegate next, IOptions<MetricsOptions> options)
{
    private static readonly PathString Health = new("/health");

    private readonly int port = options.Value.Port!.Value;

    public Task InvokeAsync(HttpContext context)
    {
        var isThere = PortOf(context) == port;
        var areMetrics = context.GetEndpoint()?.Metadata.GetMetadata<AccessRequirement>() is { Action: AccessAction.Metrics };
        var isHealth = context.Request.Path.StartsWithSegments(Health);
        return areMetrics == isThere || (isHealth && isThere) ? next(context) : Problems.Refused(StatusCodes.Status404NotFound, NotHere(isThere)).ExecuteAsync(context);
    }

    private static string NotHere(bool isThere) => isThere
        ? "This port has the metrics and the health alone: /metrics, /health/live, /health/ready and /health/write."
        : "The metrics are on a port of their own: see Webstream__Metrics__Url.";

    // Of the connection: a header cannot choose it.
    private static int? PortOf(HttpContext context) =>
        (context.Features.Get<IConnectionEndPointFeature>()?.LocalEndPoint as IPEndPoint)?.Port ?? context.Connection.LocalPort;
}
