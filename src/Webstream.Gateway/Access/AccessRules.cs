using System.Collections.Frozen;
using System.Net;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Webstream.Gateway.Addresses;

namespace Webstream.Gateway.Access;

/// <summary>
/// The access rules, as questions about a request. A page of another origin can make a browser send anything, but it cannot choose
/// <c>Origin</c> and <c>Host</c>. A name that an attacker points at this gateway (DNS rebinding) shows in <c>Host</c>.
/// </summary>
internal sealed class AccessRules
{
    /// <summary>The error for a page of another origin that asks for more than it may.</summary>
    public const string ForeignReading =
        "A page of another origin, or one that calls this gateway by an unknown name, may only listen to what happens from now on. "
        + "Add its origin to Webstream__AllowedOrigins or the name to Webstream__AllowedHosts, or send a key.";

    private readonly WritePolicy write;
    private readonly FrozenSet<string> hosts;
    private readonly FrozenSet<string> origins;

    public AccessRules(IOptions<AccessOptions> options)
    {
        write = options.Value.Write;
        hosts = Split(options.Value.AllowedHosts).ToFrozenSet(StringComparer.OrdinalIgnoreCase);
        origins = Split(options.Value.AllowedOrigins).Select(origin => origin.TrimEnd('/')).ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Whether a write may pass, and if not, the status and what to do about it.</summary>
    public (int Status, string Error)? RefuseWrite(HttpContext context)
    {
        if (HasKey(context))
        {
            return null;
        }

        // Where the gateway asks for no key, a token that is meant for another server is no reason to refuse.
        if (write != WritePolicy.Open && HasWrongKey(context))
        {
            return (StatusCodes.Status401Unauthorized, "The key is wrong. Send the one that the gateway's WEBSTREAM_API_KEY holds, as Authorization: Bearer or X-API-Key.");
        }

        if (write == WritePolicy.Key || (write == WritePolicy.Loopback && !SocketPeer.IsLocalCaller(context)))
        {
            return (StatusCodes.Status401Unauthorized, write == WritePolicy.Key
                ? "Pushing needs a key here. Set WEBSTREAM_API_KEY on the gateway, and send it as Authorization: Bearer or X-API-Key."
                : "Without a key only callers on the gateway's own machine may push. Set WEBSTREAM_API_KEY on the gateway and send it as "
                + "Authorization: Bearer or X-API-Key, or set Webstream__Write=open to let everybody push.");
        }

        if (!IsKnownHost(context.Request.Host))
        {
            return (StatusCodes.Status403Forbidden,
                $"The gateway does not know the name '{Shown(context.Request.Host.Host)}'. Call it by its address or as localhost, add the name to Webstream__AllowedHosts, or send a key.");
        }

        return OriginOf(context) is { } origin && !IsKnownOrigin(context, origin)
            ? (StatusCodes.Status403Forbidden,
                $"Pages of the origin '{Shown(origin)}' may not push. Add it to Webstream__AllowedOrigins, or send a key.")
            : null;
    }

    /// <summary>Whether a reader is a page of another origin, which gets only what happens from now on.</summary>
    public bool IsForeignPage(HttpContext context) =>
        !HasKey(context)
        && (!IsKnownHost(context.Request.Host) || (OriginOf(context) is { } origin && !IsKnownOrigin(context, origin)));

    /// <summary>Whether pages of an origin may use the API: the configured ones, and those of this machine.</summary>
    public bool IsAllowedOrigin(string origin) =>
        origins.Contains(origin)
        || IsThisMachine(origin);

    /// <summary>Whether an origin is one of <c>Webstream__AllowedOrigins</c>.</summary>
    public bool IsConfiguredOrigin(string origin) => origins.Contains(origin);

    // Only an origin as browsers write it: Uri also takes the name "loopback" for localhost, and in a network any machine can have that name.
    private static bool IsThisMachine(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri)
        && uri.Scheme is "http" or "https"
        && uri.IsLoopback
        && uri.GetLeftPart(UriPartial.Authority).Equals(origin, StringComparison.OrdinalIgnoreCase);

    private static bool HasKey(HttpContext context) => context.User.Identity?.IsAuthenticated == true;

    private static bool HasWrongKey(HttpContext context) => context.Features.Get<WrongKey>() is not null;

    private static string? OriginOf(HttpContext context)
    {
        var origin = context.Request.Headers[HeaderNames.Origin];
        return origin.Count == 0 ? null : origin.ToString();
    }

    /// <summary>Whether callers may call the gateway by this name: an address, <c>localhost</c>, or a configured name.</summary>
    public bool IsKnownHost(HostString host)
    {
        var name = host.Host;
        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || IPAddress.TryParse(name.Trim('[', ']'), out _)
            || hosts.Contains(name);
    }

    // Also the gateway's own pages. Callers ask this only together with, or after, the question whether the host is known.
    private bool IsKnownOrigin(HttpContext context, string origin) =>
        IsAllowedOrigin(origin)
        || (IsKnownHost(context.Request.Host)
            && origin.Equals($"{context.Request.Scheme}://{context.Request.Host}", StringComparison.OrdinalIgnoreCase));

    // The answer repeats the caller's text shortened, and without any character that could be more than text.
    private static string Shown(string text) =>
        new([.. text.Take(100).Select(c => c is > ' ' and < '\x7f' and not '\'' ? c : '?')]);

    private static string[] Split(string list) =>
        list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
