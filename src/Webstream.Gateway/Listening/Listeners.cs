using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Webstream.Gateway.Access;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Idle;
using Webstream.Gateway.Memory;
using Webstream.Gateway.Signing;
using Webstream.Gateway.Streams;
using Webstream.Gateway.Transport;
using Webstream.Protocol;

namespace Webstream.Gateway.Listening;

/// <summary>
/// The listeners of this gateway. Opens the connection of each, and knows where a listener is counted: among the listeners' places, in the
/// memory's shares, in a wave of the shutdown, as a use of the gateway, and in the metrics. Safe for any thread.
/// </summary>
internal sealed class Listeners(
    StreamRegistry streams, GatewayMemory memory, ListenerLimit places, DrainWaves drain, HandOverGarbage garbage, IdleClock idle,
    GatewayMetrics metrics, ListenerGrants grants, EventIdSecret secret, IOptions<ListenerOptions> options, TimeProvider time)
{
    /// <summary>Opens a listener's connection. The caller runs it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="request">What it asks for.</param>
    /// <param name="permission">Decides whether it may listen, if that is not known yet, and when it has waited; none: whoever asks may.</param>
    /// <param name="connection">The connection.</param>
    /// <returns>Why there is no place for it; none: it is open.</returns>
    public WebstreamException? Open(HttpContext context, ListenRequest request, ListenPermission? permission, out ListenerConnection? connection)
    {
        connection = null;
        if (places.Take(Caller.Of(context), out var place) is { } refusal)
        {
            return refusal;
        }

        metrics.Connected();
        var caller = CallerAddress.Of(context);
        var handOver = HandOverOf(context);
        var registration = new ListenerRegistration(
            this, memory.Held.ChargeFor(caller), memory.Replays.ChargeFor(caller), place!, idle.Hold(), isHandedOver: handOver is not null,
            isForeign: IsForeign(Caller.Of(context)), drain.Join());
        connection = new(context, request, permission, handOver, registration, secret, options.Value, time);
        return null;
    }

    /// <inheritdoc cref="StreamRegistry.TakeAsync"/>
    internal ValueTask<StreamLease> TakeAsync(StreamName stream, CancellationToken cancellationToken) => streams.TakeAsync(stream, cancellationToken);

    /// <inheritdoc cref="ListenerGrants.Watch"/>
    internal IDisposable Watch(Caller caller, StreamName stream, Action<WebstreamException> deny) => grants.Watch(caller, stream, deny);

    /// <summary>A listener's socket was handed over. What HTTP needed for its connection becomes garbage.</summary>
    internal void HandedOver() => garbage.Add();

    /// <inheritdoc cref="DrainWaves.Farewell"/>
    internal byte[] Farewell() => drain.Farewell();

    /// <summary>A listener's connection is closed.</summary>
    internal void Ended(ListenerEnd reason)
    {
        metrics.Ended(reason);
    }

    // A key says who it is, wherever its page is from.
    private static bool IsForeign(Caller caller) => caller.Foreign is not null && caller.Key is null;

    // Only where the body's bytes go over the wire unchanged: over plain HTTP/1.1, after a request that is whole, because it has no body.
    private static ISocketHandOver? HandOverOf(HttpContext context)
    {
        var features = context.Features;
        return HttpProtocol.IsHttp11(context.Request.Protocol)
            && features.Get<ITlsHandshakeFeature>() is null
            && features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false }
                ? features.Get<ISocketHandOver>()
                : null;
    }
}
