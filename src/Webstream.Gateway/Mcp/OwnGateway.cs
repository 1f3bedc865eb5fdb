using Webstream.Gateway.Addresses;
using Webstream.Protocol;
using Webstream.Tools;

namespace Webstream.Gateway.Mcp;

/// <summary>The gateway as its own tools see it: always this one, whatever host and port a model names.</summary>
/// <remarks>
/// The cluster behind <see cref="IWebstream"/> is not made before a tool is called: the tools are put together when the gateway is, and an
/// embedded silo cannot find its address on the way to a Redis that is not there yet.
/// </remarks>
internal sealed class OwnGateway(
    IServiceProvider services, IHttpContextAccessor http, KnownAddresses addresses, IHostApplicationLifetime lifetime)
    : IGatewaySource
{
    public GatewayDefaults Defaults { get; } = new();

    public bool IsShared => true;

    public CancellationToken Stopping => lifetime.ApplicationStopping;

    public Task<GatewayTarget> ResolveAsync(string? host, int? port, CancellationToken cancellationToken)
    {
        var (context, webstream) = (http.HttpContext, services.GetRequiredService<IWebstream>());
        return Task.FromResult(host is null && (port is null || port == context?.Connection.LocalPort)
            ? new GatewayTarget(webstream, addresses.OpenFor(context?.Request))
            : new GatewayTarget(webstream, addresses.OpenFor(context?.Request), Started: false,
                "host and port were ignored: this is a running gateway, and where it listens was chosen by the person who started it."));
    }

    public Task<OtherGateway?> FindListenedAsync(GatewayTarget current, StreamName stream, CancellationToken cancellationToken) =>
        Task.FromResult<OtherGateway?>(null);
}
