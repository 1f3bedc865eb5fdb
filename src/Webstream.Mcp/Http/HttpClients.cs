namespace Webstream.Mcp.Http;

/// <summary>The HTTP clients of this program.</summary>
internal static class HttpClients
{
    private const long LongestAnswer = 32 * 1024 * 1024;

    /// <summary>For gateways of this machine. It uses no proxy: a proxy would look for them on the proxy's own machine.</summary>
    public static HttpClient ForThisMachine() => Create(useProxy: false);

    /// <summary>For a gateway anywhere.</summary>
    public static HttpClient ForAnywhere() => Create(useProxy: true);

    private static HttpClient Create(bool useProxy) => new(new SocketsHttpHandler
    {
        // A redirect would send the key to the address that it names.
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = useProxy,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    {
        // Each request has its own timeout: a request that waits for messages may take long.
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = LongestAnswer,
    };
}
