using System.Globalization;
using Microsoft.Net.Http.Headers;
using Webstream.Gateway.Addresses;
using Webstream.Grains;

namespace Webstream.Gateway.Passes;

/// <summary>
/// The cookie of a session. Over https its name has the prefix by which browsers hold it to this very host. Over http it has the port in it, because cookies
/// do not know ports: two gateways of one machine would take each other's.
/// </summary>
/// <param name="addresses">Know how people reach the gateway.</param>
internal sealed class SessionCookie(KnownAddresses addresses)
{
    private const string OverTls = "__Host-webstream";
    private const string Https = "https";

    private const string FetchSite = "Sec-Fetch-Site";

    /// <summary>What a request has in the cookie; none: it has no cookie.</summary>
    public string? Read(HttpRequest request) =>
        request.Cookies.TryGetValue(OverTls, out var secret) ? secret
        : !IsOverTls(request) && request.Cookies.TryGetValue(PlainName(request), out var plain) ? plain
        : null;

    /// <summary>
    /// Whether a request is by a page of the gateway itself, or by the person: what a cookie is sent with, a page of another port can send too, and browsers
    /// call that the same site. Only browsers say which page it is, and no page can make them say another one.
    /// </summary>
    public bool IsOwnPage(HttpRequest request)
    {
        if (!addresses.IsCalledByKnownName(request))
        {
            return false;
        }

        if (request.Headers.Origin is { Count: > 0 } origins)
        {
            return origins is [{ } origin] && addresses.IsOwn(request, origin);
        }

        return request.Headers[FetchSite].ToString() switch
        {
            "same-origin" => true,
            // The address line, a bookmark. No page sends that.
            "none" => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method),
            _ => false,
        };
    }

    /// <summary>Sets the cookie.</summary>
    /// <param name="context">The request that began the session.</param>
    /// <param name="secret">The session.</param>
    /// <param name="lasts">How long it lasts.</param>
    public void Write(HttpContext context, string secret, TimeSpan lasts) =>
        Append(context.Response, IsOverTls(context.Request) ? OverTls : PlainName(context.Request), secret, lasts);

    /// <summary>Takes the cookie back, whichever a browser has.</summary>
    public void Clear(HttpContext context)
    {
        foreach (var name in (string[])[OverTls, PlainName(context.Request)])
        {
            if (context.Request.Cookies.ContainsKey(name))
            {
                Append(context.Response, name, "", TimeSpan.Zero);
            }
        }
    }

    private static void Append(HttpResponse response, string name, string value, TimeSpan lasts) => response.Headers.Append(
        HeaderNames.SetCookie,
        new SetCookieHeaderValue(name, value)
        {
            Path = "/",
            HttpOnly = true,
            Secure = name == OverTls,
            SameSite = Microsoft.Net.Http.Headers.SameSiteMode.Strict,
            MaxAge = TimeSpan.FromSeconds(Math.Min(Math.Floor(lasts.TotalSeconds), StoredPass.Longest.TotalSeconds)),
        }.ToString());

    // The page knows best. Who says nothing is believed to come as people are told to, or as a trusted proxy says.
    private bool IsOverTls(HttpRequest request) =>
        request.Scheme == Https
        || (request.Headers.Origin.ToString() is { Length: > 0 } origin
            ? WebOrigin.TryParse(origin, out var page) && page.Scheme == Https
            : addresses.Public?.Origin.Scheme == Https);

    private string PlainName(HttpRequest request) =>
        string.Create(CultureInfo.InvariantCulture, $"webstream-{(addresses.OriginOf(request)?.Port ?? request.Host.Port) ?? 80}");
}
