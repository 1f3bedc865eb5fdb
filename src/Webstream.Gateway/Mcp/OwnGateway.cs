using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;
using Webstream.Gateway.Access;
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
    IServiceProvider services, IHttpContextAccessor http, AccessRules rules, IServer server, IOptions<AddressOptions> options, IHostApplicationLifetime lifetime)
    : IGatewaySource
{
    public GatewayDefaults Defaults { get; } = new();

    public CancellationToken Stopping => lifetime.ApplicationStopping;

    public Task<GatewayTarget> ResolveAsync(string? host, int? port, CancellationToken cancellationToken)
    {
        var (context, webstream) = (http.HttpContext, services.GetRequiredService<IWebstream>());
        return Task.FromResult(host is null && (port is null || port == context?.Connection.LocalPort)
            ? new GatewayTarget(webstream, Addresses(context))
            : new GatewayTarget(webstream, Addresses(context), Started: false,
                "host and port were ignored: this is a running gateway, and where it listens was chosen by the person who started it."));
    }

    public Task<OtherGateway?> FindListenedAsync(GatewayTarget current, StreamName stream, CancellationToken cancellationToken) =>
        Task.FromResult<OtherGateway?>(null);

    private IReadOnlyList<Uri> Addresses(HttpContext? context)
    {
        if (options.Value.PublicUrl is { Length: > 0 } known)
        {
            return [new(known)];
        }

        // The address by which the caller reaches this gateway most likely works for its person too. A name that nobody vouches for is not passed on.
        if (context is not null && rules.IsKnownHost(context.Request.Host) && !IsEverywhere(context.Request.Host)
            && Uri.TryCreate($"{context.Request.Scheme}://{context.Request.Host}", UriKind.Absolute, out var called))
        {
            return [called];
        }

        return [.. (server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []).SelectMany(OpenableAddresses.Of).Distinct().Select(address => new Uri(address))];
    }

    private static bool IsEverywhere(HostString host) =>
        IPAddress.TryParse(host.Host.Trim('[', ']'), out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));
}
