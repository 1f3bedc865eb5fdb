using Microsoft.Extensions.Options;
using Webstream.Gateway.Addresses;
using Webstream.Gateway.Health;
using Webstream.Gateway.Rules;
using Webstream.Gateway.Tokens;
using Webstream.Grains;
using Webstream.Grains.History;
using Webstream.Grains.Hosting;
using Webstream.ServiceDefaults;

namespace Webstream.Gateway.Hosting;

/// <summary>What a person sees when the gateway is up: addresses that work, who may push, and what to know.</summary>
internal static class StartBanner
{
    public static string Of(WebApplication app)
    {
        using var output = new StringWriter();
        var access = app.Services.GetRequiredService<IOptions<AccessOptions>>().Value;
        var hasKey = !string.IsNullOrEmpty(access.ApiKey);
        var addresses = app.Services.GetRequiredService<KnownAddresses>();
        var first = addresses.Served.Count > 0 ? addresses.Served[0] : SocketFile(app);

        output.WriteLine($"Webstream {ProductVersion.Text}");
        foreach (var address in addresses.Open)
        {
            output.WriteLine($"  open     {address}");
        }

        foreach (var warning in app.Services.GetRequiredService<ListenPlan>().Warnings.Concat(OpenToWriters(app, access, addresses)))
        {
            output.WriteLine($"  warning  {warning}");
        }

        output.WriteLine($"  listen   curl -N {first}/stream");
        output.WriteLine($"  push     curl -X POST {first}/api/push -H 'Content-Type: application/json' -d '{{\"message\":\"hello\"}}'");
        output.WriteLine($"  writing  {Writing(access.Write, hasKey, addresses.Served.FirstOrDefault(address => new Uri(address).IsLoopback))}");
        output.WriteLine(access.Read == ReadPolicy.Key
            ? "  reading  with a key (Webstream__Read=key)"
            : "  reading  open to everybody who reaches this gateway; Webstream__Read=key asks for a key");
        if (app.Services.GetRequiredService<IOptions<MetricsOptions>>().Value is { Port: not null } metrics)
        {
            output.WriteLine($"  metrics  {metrics.Url}/metrics alone (Webstream__Metrics__Url)");
        }

        if (app.Services.GetService<TokenRules>() is { } tokens)
        {
            output.WriteLine($"  tokens   of {tokens.Issuer} (Webstream__Jwt__Issuer)");
        }

        output.WriteLine($"  history  {History(ClusterMembership.Read(app.Configuration.GetSection("Webstream")), app.Services.GetService<HistoryPlace>())}");
        output.Write("  end      Ctrl+C");
        return output.ToString();
    }

    // Loud: whoever reaches it can put words before people and assistants.
    private static string[] OpenToWriters(WebApplication app, AccessOptions access, KnownAddresses addresses)
    {
        var streams = app.Services.GetRequiredService<IOptions<StreamsOptions>>().Value;
        var isReached = addresses.Public is not null || addresses.Served.Any(address => !new Uri(address).IsLoopback)
            || app.Services.GetRequiredService<IOptions<AddressOptions>>().Value.TrustedProxies.Length > 0;
        return isReached && (access.Write == WritePolicy.Open || streams.Patterns.Any(pattern => pattern.Write == WritePolicy.Open))
            ? ["EVERYBODY who reaches this gateway may push, and not only from this machine: writing is open. Set WEBSTREAM_API_KEY and Webstream__Write=key to ask for a key"]
            : [];
    }

    // Only where there is nothing else: a browser cannot open it, and curl can.
    private static string SocketFile(WebApplication app) =>
        app.Urls.Select(BindingAddress.Parse).FirstOrDefault(address => address.IsUnixPipe) is { } file
            ? $"--unix-socket {file.UnixPipePath} {file.Scheme}://localhost"
            : "";

    private static string Writing(WritePolicy policy, bool hasKey, string? loopback) => (policy, hasKey) switch
    {
        (WritePolicy.Open, _) => "open to everybody who reaches this gateway (Webstream__Write=open)",
        (WritePolicy.Key, true) => "with the key of WEBSTREAM_API_KEY",
        (WritePolicy.Key, false) => "with a key that webstream-gateway keys new makes: Webstream__Write=key, and no WEBSTREAM_API_KEY is set",
        // Callers of this machine at its other addresses cannot be told from those elsewhere.
        (_, true) => $"{(loopback is null ? "" : $"from this machine at {loopback}, and otherwise ")}with the key of WEBSTREAM_API_KEY",
        _ when loopback is null => "nobody: the gateway does not listen at localhost, and no key is set. Set WEBSTREAM_API_KEY",
        _ => $"from this machine at {loopback}; at other addresses once WEBSTREAM_API_KEY is set",
    };

    private static string History(WebstreamClusterOptions cluster, HistoryPlace? place) => cluster switch
    {
        { Redis.Length: > 0 } => "in Redis: it outlives every process of the cluster",
        { Silos.Length: > 0 } => $"with the silos at {cluster.Silos}",
        _ => (place ?? HistoryPlace.InMemory).Text,
    };
}
