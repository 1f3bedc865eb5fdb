using Microsoft.Net.Http.Headers;
using Webstream.Gateway.Addresses;
using Webstream.Gateway.Memory;
using Webstream.Grains;

namespace Webstream.Gateway.Access;

/// <summary>
/// Finds out who asks. A page of another origin can make a browser send anything, but it cannot choose <c>Origin</c> and <c>Host</c>. A name that
/// an attacker points at this gateway (DNS rebinding) shows in <c>Host</c>.
/// </summary>
internal sealed class CallerRecognition(RequestDelegate next, KnownAddresses addresses, LocalSecret secret)
{
    private static readonly KeyIdentity LocalUser = new(CallerKind.LocalUser, "local user", KeyRights.AdminAlone);

    public Task InvokeAsync(HttpContext context)
    {
        // What a file of this machine says counts from this machine alone.
        var key = secret.IsIn(context.Request) && SocketPeer.IsOnThisMachine(context) ? LocalUser : context.User.Identity as KeyIdentity;
        var (state, fault) = key is not null ? (KeyState.Right, null)
            : context.Features.Get<KeyJudgement>() is { } judged ? (judged.State, judged.Fault)
            : (KeyState.None, null);
        context.User = new Caller(key, state, CallerAddress.Of(context), IsLocal(context), WhyForeign(context.Request), fault);
        return next(context);
    }

    private bool IsLocal(HttpContext context) => SocketPeer.IsLocalCaller(context) && addresses.IsCalledOverLoopback(context.Request);

    private string? WhyForeign(HttpRequest request)
    {
        if (!addresses.IsCalledByKnownName(request))
        {
            return $"The gateway does not know the name '{Shown(request.Headers.Host.ToString().Split(':')[0])}'. Call it by its address or as localhost, "
                + "add the name to Webstream__AllowedHosts, or send a key.";
        }

        var header = request.Headers[HeaderNames.Origin];
        var origin = header.ToString();
        if (header.Count == 0 || addresses.IsAllowed(origin) || addresses.IsOwn(request, origin))
        {
            return null;
        }

        return addresses.LacksOnlyTls(request, origin)
            ? $"The gateway does not know that it is reached at '{Shown(origin)}'. Set WEBSTREAM_PUBLIC_URL={Shown(origin)} on it, or "
            + "Webstream__TrustedProxies to the address of the proxy before it, or send a key."
            : $"Pages of the origin '{Shown(origin)}' may not push. Add it to Webstream__AllowedOrigins, or send a key.";
    }

    // The answer repeats the caller's text shortened, and without any character that could be more than text.
    private static string Shown(string text) =>
        new([.. text.Take(100).Select(c => c is > ' ' and < '\x7f' and not '\'' ? c : '?')]);
}
