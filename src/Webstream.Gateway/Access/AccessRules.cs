using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Webstream.Gateway.Addresses;

namespace Webstream.Gateway.Access;

/// <summary>
/// The access rules, as questions about a request. A page of another origin can make a browser send anything, but it cannot choose
/// <c>Origin</c> and <c>Host</c>. A name that an attacker points at this gateway (DNS rebinding) shows in <c>Host</c>.
/// </summary>
internal sealed class AccessRules(IOptions<AccessOptions> options, KnownAddresses addresses)
{
    /// <summary>The error for a page of another origin that asks for more than it may.</summary>
    public const string ForeignReading =
        "A page of another origin, or one that calls this gateway by an unknown name, may only listen to what happens from now on. "
        + "Add its origin to Webstream__AllowedOrigins or the name to Webstream__AllowedHosts, or send a key.";

    private const string WrongKeyText =
        "The key is wrong. Send the one that the gateway's WEBSTREAM_API_KEY holds, as Authorization: Bearer or X-API-Key.";

    private readonly WritePolicy write = options.Value.Write;
    private readonly bool knowsKeys = !string.IsNullOrEmpty(options.Value.ApiKey);

    /// <summary>
    /// Whether a request may close or delete a stream or set its settings, and if not, the status and what to do about it. It needs a key,
    /// whoever may push and wherever the caller is: what it does cannot be undone.
    /// </summary>
    public (int Status, string Error)? RefuseChange(HttpContext context) => HasKey(context) ? null : (StatusCodes.Status401Unauthorized,
        !knowsKeys ? "Closing and deleting streams and setting their settings needs a key, on this machine too, and the gateway has none. "
            + "Set WEBSTREAM_API_KEY on it, and send that as Authorization: Bearer or X-API-Key."
        : HasWrongKey(context) ? WrongKeyText
        : "Closing and deleting streams and setting their settings needs a key, on this machine too. "
            + "Send the gateway's WEBSTREAM_API_KEY as Authorization: Bearer or X-API-Key.");

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
            return (StatusCodes.Status401Unauthorized, WrongKeyText);
        }

        if (write == WritePolicy.Key || (write == WritePolicy.Loopback && !SocketPeer.IsLocalCaller(context)))
        {
            return (StatusCodes.Status401Unauthorized, write == WritePolicy.Key
                ? "Pushing needs a key here. Set WEBSTREAM_API_KEY on the gateway, and send it as Authorization: Bearer or X-API-Key."
                : "Without a key only callers on the gateway's own machine may push, and only at its loopback address: call it as localhost or 127.0.0.1 there. "
                + "For others set WEBSTREAM_API_KEY on the gateway and send it as Authorization: Bearer or X-API-Key, or set Webstream__Write=open to let "
                + "everybody push.");
        }

        if (!addresses.IsCalledByKnownName(context.Request))
        {
            return (StatusCodes.Status403Forbidden,
                $"The gateway does not know the name '{Shown(context.Request.Headers.Host.ToString().Split(':')[0])}'. Call it by its address or as localhost, add the name to Webstream__AllowedHosts, or send a key.");
        }

        if (OriginOf(context) is not { } origin || IsKnownOrigin(context, origin))
        {
            return null;
        }

        return (StatusCodes.Status403Forbidden, addresses.LacksOnlyTls(context.Request, origin)
            ? $"The gateway does not know that it is reached at '{Shown(origin)}'. Set WEBSTREAM_PUBLIC_URL={Shown(origin)} on it, or "
            + "Webstream__TrustedProxies to the address of the proxy before it, or send a key."
            : $"Pages of the origin '{Shown(origin)}' may not push. Add it to Webstream__AllowedOrigins, or send a key.");
    }

    /// <summary>Whether a reader is a page of another origin, which gets only what happens from now on.</summary>
    public bool IsForeignPage(HttpContext context) =>
        !HasKey(context)
        && (!addresses.IsCalledByKnownName(context.Request) || (OriginOf(context) is { } origin && !IsKnownOrigin(context, origin)));

    private static bool HasKey(HttpContext context) => context.User.Identity?.IsAuthenticated == true;

    private static bool HasWrongKey(HttpContext context) => context.Features.Get<WrongKey>() is not null;

    private static string? OriginOf(HttpContext context)
    {
        var origin = context.Request.Headers[HeaderNames.Origin];
        return origin.Count == 0 ? null : origin.ToString();
    }

    private bool IsKnownOrigin(HttpContext context, string origin) => addresses.IsAllowed(origin) || addresses.IsOwn(context.Request, origin);

    // The answer repeats the caller's text shortened, and without any character that could be more than text.
    private static string Shown(string text) =>
        new([.. text.Take(100).Select(c => c is > ' ' and < '\x7f' and not '\'' ? c : '?')]);
}
