using Webstream.Gateway.Addresses;
using Webstream.Protocol;
using Webstream.Tools;

namespace Webstream.Gateway.Mcp;

/// <summary>The gateway as its own tools see it: always this one, whatever host and port a model names.</summary>
internal sealed class OwnGateway(
    IWebstream webstream, IHttpContextAccessor http, KnownAddresses addresses, IHostApplicationLifetime lifetime)
    : IGatewaySource
{
    public GatewayDefaults Defaults { get; } = new();

    public CancellationToken Stopping => lifetime.ApplicationStopping;

    public Task<GatewayTarget> ResolveAsync(string? host, int? port, CancellationToken cancellationToken)
    {
        var context = http.HttpContext;
        return Task.FromResult(host is null && (port is null || port == context?.Connection.LocalPort)
            ? new GatewayTarget(webstream, addresses.OpenFor(context?.Request))
            : new GatewayTarget(webstream, addresses.OpenFor(context?.Request), Started: false,
                "host and port were ignored: this is a running gateway, and where it listens was chosen by the person who started it."));
    }

    public Task<OtherGateway?> FindListenedAsync(GatewayTarget current, StreamName stream, CancellationToken cancellationToken) =>
        Task.FromResult<OtherGateway?>(null);
}
