namespace Webstream.Gateway.Addresses;

/// <summary>
/// By what a request shows that it came through a proxy: then the address of its connection is the proxy's, and not its caller's. A proxy that adds
/// nothing at all cannot be told from a program.
/// </summary>
internal static class HopSigns
{
    // The framework renames the headers that it has believed to "X-Original-…".
    private static readonly string[] Prefixes =
    [
        "X-Forwarded", "X-Original-", "X-Envoy-", "CF-", "CloudFront-", "X-Azure-", "X-AppEngine-", "X-Vercel-", "X-Arr-", "X-Sucuri-",
        "Fly-", "Incap-", "Akamai-", "Ali-CDN-", "X-Traefik-", "Tailscale-", "ngrok-",
    ];

    private static readonly string[] Names =
    [
        "Forwarded", "Via", "X-Real-IP", "X-Client-IP", "X-Cluster-Client-IP", "X-ProxyUser-IP", "X-Remote-IP", "X-Remote-Addr", "Client-IP",
        "True-Client-IP", "Fastly-Client-IP", "DO-Connecting-IP", "X-RealIP", "X-Scheme", "X-Url-Scheme", "X-Host", "Front-End-Https", "X-Varnish",
        "X-Rewrite-URL", "X-Nginx-Proxy", "SSL-Client-Cert", "X-Ssl-Client-Verify", "X-Script-Name", "CDN-Loop", "X-Amzn-Trace-Id", "X-Amz-Cf-Id",
        "Proxy-Authorization", "Proxy-Connection", "X-Coming-From", "Coming-From",
    ];

    private static readonly HashSet<string> Set = new(Names, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a request shows one.</summary>
    public static bool AreIn(HttpRequest request)
    {
        // What nginx sends unless it is told otherwise. Programs have not sent it for decades.
        if (HttpProtocol.IsHttp10(request.Protocol))
        {
            return true;
        }

        foreach (var name in request.Headers.Keys)
        {
            if (Set.Contains(name) || Array.Exists(Prefixes, prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
            {
                return true;
            }
        }

        return false;
    }
}
