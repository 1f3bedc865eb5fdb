using System.Net;
using System.Net.NetworkInformation;
using Orleans.Configuration;
using Webstream.Grains.Hosting;

namespace Webstream.Gateway.Hosting;

/// <summary>Gives the gateway its cluster: a silo in this process, or silos elsewhere.</summary>
internal static class ClusterHosting
{
    // Nobody waits for an embedded silo's poll: a lone gateway's listeners get their messages with the receipts.
    private static readonly TimeSpan EmbeddedPollPeriod = TimeSpan.FromMilliseconds(500);

    public static void AddCluster(this WebApplicationBuilder builder)
    {
        var section = builder.Configuration.GetSection("Webstream");
        var silos = section.GetSection("Cluster").Get<GatewayClusterOptions>()?.Silos ?? "";
        if (silos.Length > 0)
        {
            var endpoints = Array.ConvertAll(silos.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), Endpoint);
            builder.UseOrleansClient(client => client
                .UseStaticClustering(endpoints)
                .Configure<Orleans.Configuration.ClusterOptions>(SiloNames.Configure)
                .AddWebstream(section));
        }
        else
        {
            builder.UseOrleans(silo => Embed(silo, section));
        }
    }

    // For this process alone: on loopback, on a port that nobody has to know, with a name that no other process has.
    private static void Embed(ISiloBuilder silo, IConfigurationSection section)
    {
        var name = Guid.NewGuid().ToString("N");
        silo.UseLocalhostClustering(FreePort(), gatewayPort: 0, serviceId: "webstream", clusterId: name);
        silo.Configure<EndpointOptions>(o => o.GatewayPort = 0);
        silo.Configure<ClusterShape>(shape => shape.OneProcess = true);
        silo.AddWebstream(section, EmbeddedPollPeriod);
    }

    // Below the range from which the system takes ports for outgoing connections, so that none of those can come in between.
    private static int FreePort()
    {
        var taken = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(e => e.Port).ToHashSet();
        int port;
        do
        {
            port = Random.Shared.Next(20_000, 32_000);
        }
        while (taken.Contains(port));
        return port;
    }

    private static IPEndPoint Endpoint(string text) =>
        IPEndPoint.TryParse(text, out var endpoint) && endpoint.Port > 0
            ? endpoint
            : throw new StartRefusedException($"Webstream__Cluster__Silos has '{text}', which is not an address and port such as 127.0.0.1:30000.");
}
