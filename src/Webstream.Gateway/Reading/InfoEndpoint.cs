using Microsoft.Extensions.Options;
using Webstream.Gateway.Access;
using Webstream.Gateway.Errors;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Streams;
using Webstream.Protocol;
using Webstream.ServiceDefaults;

namespace Webstream.Gateway.Reading;

/// <summary><c>GET /api/info</c>: which product answers here, and which instance of it.</summary>
internal static class InfoEndpoint
{
    public static IEndpointConventionBuilder MapInfo(this IEndpointRouteBuilder api) =>
        api.MapGet("/info", (GatewayIdentity gateway, StreamRegistry streams, IOptions<ListenerOptions> listeners, KeptHistory history) => TypedResults.Json(
                new GatewayInfo("webstream", ProductVersion.Text, gateway.Instance, gateway.StartedAt, streams.Listeners)
                {
                    KeepaliveSeconds = listeners.Value.Keepalive.TotalSeconds,
                    History = history.Where,
                },
                WireJson.Instance.GatewayInfo))
            .Needs(AccessAction.Identify)
            .WithTags("Operations")
            .WithSummary("Which product answers here, and which instance of it.")
            .Produces<GatewayInfo>();
}
