using System.Collections.Frozen;
using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Webstream.Gateway.Addresses;

/// <summary>
/// The addresses by which this gateway is known: the names by which it may be called, the origins of its own pages and of pages that it trusts,
/// and the addresses that people are told to open. What a request says of its address counts only if the name is known: anybody can point
/// a name of theirs at this gateway (DNS rebinding).
/// </summary>
internal sealed class KnownAddresses
{
    private readonly IServer server;
    private readonly OwnPorts ports;
    private readonly FrozenSet<string> names;
    private readonly FrozenSet<WebOrigin> origins;

    public KnownAddresses(IOptions<AddressOptions> options, MachineNames machine, IServer server, OwnPorts ports)
    {
        this.server = server;
        this.ports = ports;
        Public = PublicAddress.Read(options.Value.PublicUrl);
        origins = AllowedOrigins.Read(options.Value.AllowedOrigins);
        names = AllowedHosts.Read(options.Value.AllowedHosts)
            .Concat(machine.Names)
            .Append("localhost")
            .Append(Public?.Origin.Host ?? "localhost")
            .ToFrozenSet(StringComparer.Ordinal);
    }

    /// <summary>The address that a person has set; none: people open what the gateway listens at.</summary>
    public PublicAddress? Public { get; }

    /// <summary>The addresses that a browser can open, the best one first.</summary>
    public IReadOnlyList<string> Open =>
    [
        .. (string[])(Public is null ? [] : [Public.Text]),
        .. Served,
    ];

    /// <summary>The addresses that a browser can open when it does not go through a proxy.</summary>
    public IReadOnlyList<string> Served =>
        [.. (server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []).Where(url => BindingAddress.Parse(url).Port != ports.Metrics).SelectMany(url => OpenableAddresses.Of(url, ports)).Distinct()];

    /// <summary>Whether a request calls the gateway by an address or by a known name.</summary>
    public bool IsCalledByKnownName(HttpRequest request) =>
        WebOrigin.TrySplit(HostOf(request), out var host, out _)
        && (HostName.IsAddress(host) || (HostName.TryRead(host, out var name) && names.Contains(name)));

    /// <summary>
    /// Whether a request calls the gateway by its public address, and that is not one of this machine's loopback: it then came through whatever stands there.
    /// </summary>
    public bool IsCalledByPublicName(HttpRequest request) =>
        Public is { Origin: { IsThisMachine: false } origin }
        && WebOrigin.TrySplit(HostOf(request), out var host, out _) && HostName.TryRead(host, out var name) && name == origin.Host;

    /// <summary>
    /// Whether a request may call the gateway over this machine's loopback without having come through something: not by the public name, and not by an address
    /// that is not of the loopback, over which it would have come. Whether the gateway knows its name is another question.
    /// </summary>
    public bool IsCalledOverLoopback(HttpRequest request) =>
        WebOrigin.TrySplit(HostOf(request), out var host, out _)
        && (HostName.IsAddress(host) ? IsLoopback(host) : !IsCalledByPublicName(request));

    /// <summary>The origin of the pages that a request's address serves. None if the gateway does not know the name.</summary>
    public WebOrigin? OriginOf(HttpRequest request) =>
        IsCalledByKnownName(request) && WebOrigin.TryRead(request.Scheme, HostOf(request), out var origin) ? origin : null;

    /// <summary>Whether pages of an origin, as a browser names it, may use the API: configured ones, and those of this machine.</summary>
    public bool IsAllowed(string origin) => WebOrigin.TryParse(origin, out var read) && (origins.Contains(read) || read.IsThisMachine);

    /// <summary>Whether an origin is one of <c>Webstream__AllowedOrigins</c>.</summary>
    public bool IsConfigured(string origin) => WebOrigin.TryParse(origin, out var read) && origins.Contains(read);

    /// <summary>Whether an origin is that of the gateway's own pages, at the public address or at the one that the request calls.</summary>
    public bool IsOwn(HttpRequest request, string origin) =>
        WebOrigin.TryParse(origin, out var read)
        && (read == Public?.Origin
            || read == OriginOf(request)
            // The public address says that something before the gateway speaks TLS. It does so for the other names too.
            || (Public?.Origin.Scheme == "https" && IsCalledByKnownName(request) && WebOrigin.TryRead("https", HostOf(request), out var secure) && read == secure));

    /// <summary>Whether an origin would be the request's own one if only the gateway knew that it is reached by TLS.</summary>
    public bool LacksOnlyTls(HttpRequest request, string origin) =>
        WebOrigin.TryParse(origin, out var read) && IsCalledByKnownName(request)
        && WebOrigin.TryRead("https", HostOf(request), out var secure) && read == secure;

    /// <summary>The addresses that a request's caller can tell people to open, the best one first; without a request, those that are served.</summary>
    public IReadOnlyList<Uri> OpenFor(HttpRequest? request)
    {
        if (Public is not null)
        {
            return [Public.Url];
        }

        // The address by which the caller reaches this gateway most likely works for its person too.
        return request is not null && OriginOf(request) is { } origin && !IsEverywhere(origin.Host)
            && Uri.TryCreate($"{request.Scheme}://{HostOf(request)}{request.PathBase.ToUriComponent()}/", UriKind.Absolute, out var called)
                ? [called]
                : [.. Served.Select(address => new Uri(address))];
    }

    // As it was sent: the framework decodes international names, and fails at some that are none.
    private static string HostOf(HttpRequest request) => request.Headers[HeaderNames.Host].ToString();

    private static bool IsLoopback(string host) =>
        IPAddress.TryParse(host.Trim('[', ']'), out var address) && (IPAddress.IsLoopback(PlainAddress.Of(address)!) || IsEverywhere(host.Trim('[', ']')));

    private static bool IsEverywhere(string host) =>
        IPAddress.TryParse(host, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));
}
