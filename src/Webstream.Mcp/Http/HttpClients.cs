namespace Webstream.Mcp.Http;

/// <summary>How this program speaks HTTP.</summary>
internal static class HttpClients
{
    private const long LongestAnswer = 32 * 1024 * 1024;

    /// <summary>For gateways of this machine: a proxy would look for them on its own.</summary>
    public static HttpClient ForThisMachine() => Create(useProxy: false);

    /// <summary>For a gateway anywhere.</summary>
    public static HttpClient ForAnywhere() => Create(useProxy: true);

    private static HttpClient Create(bool useProxy) => new(new SocketsHttpHandler
    {
        // A redirect would take the key to wherever it points.
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = useProxy,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    {
        // Each request has its own: one that waits for messages is meant to take long.
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = LongestAnswer,
    };
}
