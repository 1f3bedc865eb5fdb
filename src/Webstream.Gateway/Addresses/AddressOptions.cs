namespace Webstream.Gateway.Addresses;

/// <summary>By which addresses this gateway is known, and whose word on that counts. Section <c>Webstream</c>.</summary>
internal sealed class AddressOptions
{
    /// <summary>
    /// The address that people open, when the gateway listens at another one, as behind a proxy or with mapped ports; also <c>WEBSTREAM_PUBLIC_URL</c>.
    /// </summary>
    [PublicUrl]
    public string PublicUrl { get; set; } = "";

    /// <summary>
    /// Names by which this gateway is called, besides addresses, <c>localhost</c>, the machine's own names and the public address; separated by commas.
    /// </summary>
    [AllowedHosts]
    public string AllowedHosts { get; set; } = "";

    /// <summary>Other origins whose pages may read everything and push, as <c>https://example.org</c>; separated by commas.</summary>
    [AllowedOrigins]
    public string AllowedOrigins { get; set; } = "";

    /// <summary>
    /// Addresses and networks of the proxies whose <c>X-Forwarded-…</c> headers are believed, as <c>10.0.0.5,172.16.0.0/12</c>; separated by commas.
    /// </summary>
    [TrustedProxies]
    public string TrustedProxies { get; set; } = "";
}
