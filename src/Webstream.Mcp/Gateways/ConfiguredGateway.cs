using Webstream.Mcp.Hosting;
using Webstream.Mcp.Http;
using Webstream.Protocol;
using Webstream.Tools;

namespace Webstream.Mcp.Gateways;

/// <summary>The gateway, or the load balancer before several, that a person named in <c>WEBSTREAM_URL</c>. No gateway is started.</summary>
internal sealed class ConfiguredGateway : IGatewaySource, IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly HttpClient http;
    private readonly Uri url;
    private readonly Uri open;
    private readonly HttpWebstream webstream;

    public ConfiguredGateway(ServerSettings settings, TimeProvider time, CancellationToken stopping)
    {
        url = settings.Url!;
        open = settings.PublicUrl ?? url;
        Defaults = new(settings.Host, settings.Port);
        Stopping = stopping;
        http = url.IsLoopback ? HttpClients.ForThisMachine() : HttpClients.ForAnywhere();
        webstream = new(http, url, () => settings.ApiKey, ct => Task.Delay(Pause, time, ct), settings.Login);
    }

    public GatewayDefaults Defaults { get; }

    public CancellationToken Stopping { get; }

    public Task<GatewayTarget> ResolveAsync(string? host, int? port, CancellationToken cancellationToken)
    {
        // Assistants often pass the advertised defaults. Only another value is a wish that is not fulfilled.
        var asked = new[]
        {
            string.IsNullOrWhiteSpace(host) || host.Trim() == Defaults.Host ? null : "host",
            port is null || port == Defaults.Port ? null : "port",
        }.Where(name => name is not null).ToArray();
        string[] notes = asked.Length == 0 ? [] : [$"{string.Join(" and ", asked)} changed nothing: a person has set WEBSTREAM_URL, so everything goes to {url}."];
        return Task.FromResult(new GatewayTarget(webstream, [open], Started: false, notes));
    }

    public Task<OtherGateway?> FindListenedAsync(GatewayTarget current, StreamName stream, CancellationToken cancellationToken) =>
        Task.FromResult<OtherGateway?>(null);

    public void Dispose() => http.Dispose();
}
