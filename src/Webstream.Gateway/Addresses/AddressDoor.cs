using System.Globalization;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using IPNetwork = System.Net.IPNetwork;

namespace Webstream.Gateway.Addresses;

/// <summary>
/// Settles by whom and by which address the gateway is called, before anything else looks at it: addresses are in one form, trusted proxies
/// are believed, and the path is the gateway's own. Who is local is another question, which <see cref="SocketPeer"/> answers.
/// </summary>
internal sealed class AddressDoor
{
    private const string ForwardedPort = "X-Forwarded-Port";
    private const string OriginalScheme = "X-Original-Proto";

    private readonly RequestDelegate next;
    private readonly IReadOnlyList<IPNetwork> proxies;
    private readonly ForwardedHeadersMiddleware forwarded;
    private readonly BasePath? published;

    public AddressDoor(RequestDelegate next, IOptions<AddressOptions> options, KnownAddresses addresses, ILoggerFactory logs)
    {
        this.next = next;
        proxies = TrustedProxies.Read(options.Value.TrustedProxies);
        published = BasePath.Of(addresses.Public?.Path);
        var headers = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.All,
            // Through as many proxies as there are, as long as each one is trusted.
            ForwardLimit = null,
        };
        // The framework trusts proxies on this machine from the start.
        headers.KnownProxies.Clear();
        headers.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
        {
            headers.KnownIPNetworks.Add(proxy);
        }

        forwarded = new(GoOnForwardedAsync, logs, Options.Create(headers));
    }

    public Task InvokeAsync(HttpContext context)
    {
        context.Connection.RemoteIpAddress = PlainAddress.Of(context.Connection.RemoteIpAddress);
        context.Connection.LocalIpAddress = PlainAddress.Of(context.Connection.LocalIpAddress);
        if (!proxies.Has(SocketPeer.Of(context)))
        {
            return GoOnAsync(context);
        }

        TrustedPeer.Mark(context);
        return forwarded.Invoke(context);
    }

    private Task GoOnForwardedAsync(HttpContext context)
    {
        var request = context.Request;
        context.Connection.RemoteIpAddress = PlainAddress.Of(context.Connection.RemoteIpAddress);
        request.Scheme = request.Scheme.ToLowerInvariant();
        if (request.Scheme is not ("http" or "https"))
        {
            // Pages have no other scheme. The framework keeps the one of the connection.
            request.Scheme = request.Headers[OriginalScheme].ToString();
        }

        request.PathBase = new(request.PathBase.Value?.TrimEnd('/'));
        TakeForwardedPort(request);
        return GoOnAsync(context);
    }

    // Some proxies pass the name without its port, and the port beside it.
    private static void TakeForwardedPort(HttpRequest request)
    {
        var name = request.Headers.Host.ToString();
        var last = request.Headers[ForwardedPort].ToString().Split(',')[^1];
        if (name.Length > 0 && WebOrigin.TrySplit(name, out _, out var named) && named is null
            && ushort.TryParse(last, NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out var port))
        {
            request.Headers.Host = string.Create(CultureInfo.InvariantCulture, $"{name}:{port}");
        }
    }

    private Task GoOnAsync(HttpContext context)
    {
        var request = context.Request;
        // A proxy that puts "/" in the place of "/live" makes "//stream" of "/live/stream".
        if (request.Path.Value is ['/', '/', ..] doubled)
        {
            request.Path = $"/{doubled.TrimStart('/')}";
        }

        // A proxy that takes the path away may say so in a header. One that leaves it is known by the public address.
        var below = request.PathBase.HasValue ? BasePath.Of(request.PathBase.Value) : published;
        if (below?.TakeFrom(request) == true && !request.Path.HasValue)
        {
            context.Response.Redirect($"{request.PathBase.ToUriComponent()}/{request.QueryString.ToUriComponent()}", permanent: false, preserveMethod: true);
            return Task.CompletedTask;
        }

        return next(context);
    }
}
