using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Webstream.Gateway.Access;
using Webstream.Grains.Hosting;

namespace Webstream.Gateway.Hosting;

/// <summary>What a person sees when the gateway is up: addresses that work, who may push, and what to know.</summary>
internal static class StartBanner
{
    public static void Write(WebApplication app, TextWriter output)
    {
        var access = app.Services.GetRequiredService<IOptions<AccessOptions>>().Value;
        var hasKey = !string.IsNullOrEmpty(access.ApiKey);
        var first = app.Urls.SelectMany(AddressesToOpen).FirstOrDefault() ?? "";
        output.WriteLine($"Webstream {ProductVersion.Text}");
        foreach (var address in app.Urls.SelectMany(AddressesToOpen).Distinct())
        {
            output.WriteLine($"  open     {address}");
        }

        output.WriteLine($"  listen   curl -N {first}/stream");
        output.WriteLine($"  push     curl -X POST {first}/api/push -H 'Content-Type: application/json' -d '{{\"message\":\"hello\"}}'");
        output.WriteLine($"  writing  {Writing(access.Write, hasKey)}");
        output.WriteLine($"  history  {History(ClusterMembership.Read(app.Configuration.GetSection("Webstream")))}");
        output.WriteLine("  end      Ctrl+C");
        output.Flush();
    }

    private static string Writing(WritePolicy policy, bool hasKey) => (policy, hasKey) switch
    {
        (WritePolicy.Open, _) => "open to everybody who reaches this gateway (Webstream__Write=open)",
        (WritePolicy.Key, true) => "with the key of WEBSTREAM_API_KEY",
        (WritePolicy.Key, false) => "nobody: Webstream__Write=key, and no key is set. Set WEBSTREAM_API_KEY",
        (_, true) => "from this machine, and from elsewhere with the key of WEBSTREAM_API_KEY",
        _ => "from this machine; others once WEBSTREAM_API_KEY is set",
    };

    private static string History(WebstreamClusterOptions cluster) => cluster switch
    {
        { Redis.Length: > 0 } => "in Redis: it outlives every process of the cluster",
        { Silos.Length: > 0 } => $"in the memory of the silos at {cluster.Silos}",
        _ => "in memory: it ends with this process",
    };

    // 0.0.0.0 is where to listen, not an address that a browser can open.
    private static IEnumerable<string> AddressesToOpen(string url)
    {
        var address = BindingAddress.Parse(url);
        if (!IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip))
        {
            // A name, or *, + and their like: localhost answers for all of those.
            return address.Host is "*" or "+" ? [$"{address.Scheme}://localhost:{address.Port}"] : [$"{address.Scheme}://{address.Host}:{address.Port}"];
        }

        if (!ip.Equals(IPAddress.Any) && !ip.Equals(IPAddress.IPv6Any))
        {
            return [$"{address.Scheme}://{(ip.Equals(IPAddress.Loopback) || ip.Equals(IPAddress.IPv6Loopback) ? "localhost" : address.Host)}:{address.Port}"];
        }

        return LanAddresses().Prepend("localhost").Select(host => $"{address.Scheme}://{host}:{address.Port}");
    }

    private static IEnumerable<string> LanAddresses() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .Where(network => network.OperationalStatus == OperationalStatus.Up && network.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Where(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address))
            .Select(address => address.ToString());
}
