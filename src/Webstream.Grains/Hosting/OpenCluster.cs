using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Webstream.Grains.Peers;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Grains.Hosting;

/// <summary>
/// Refuses to start a process of a cluster that others can reach and that nobody has to prove anything to, unless somebody has said by name that this is
/// meant. Whoever reaches a port of an open silo may read and write everything.
/// </summary>
public static class OpenCluster
{
    private const string HowToClose =
        "Set Webstream__Cluster__SecretFile (or Webstream__Cluster__Secret; openssl rand -hex 32 makes one), or Webstream__Cluster__Certificate, …__Key "
        + "and …__Ca, on all silos and gateways. Or set Webstream__Cluster__Insecure=true, if nobody else reaches that network.";

    /// <summary>Refuses it, or says what is open.</summary>
    /// <param name="services">The process's services.</param>
    /// <param name="cluster">The settings of the cluster.</param>
    /// <param name="silo">The process is a silo, or embeds one that joins a cluster.</param>
    /// <param name="say">Gets a line for people, if the cluster is open on purpose.</param>
    /// <exception cref="StartRefusedException">The cluster is open beyond this machine.</exception>
    public static void Refuse(IServiceProvider services, WebstreamClusterOptions cluster, bool silo, Action<string> say)
    {
        var protection = services.GetRequiredService<ClusterProtection>();
        if (!protection.TakesAnybody || (silo ? WhereSiloListens(services) : WhereSilosAre(cluster)) is not { } where)
        {
            return;
        }

        if (protection.Protects)
        {
            say($"The cluster still takes processes that prove nothing, at {where}: Webstream__Cluster__Protection is "
                + $"{cluster.Protection.ToString().ToLowerInvariant()}. Once every process has what it needs, set it to require.");
            return;
        }

        if (!cluster.Insecure)
        {
            throw new StartRefusedException(
                $"{(silo ? "This silo would listen for its cluster" : "This gateway would connect to silos")} beyond this machine, at {where}, without TLS and "
                + $"without a secret: whoever reaches a silo there may read and write everything. {HowToClose}");
        }

        say($"The cluster is open to whoever reaches {where} (Webstream__Cluster__Insecure=true): docs/security.md.");
    }

    // None: nowhere but on this machine.
    private static string? WhereSiloListens(IServiceProvider services)
    {
        var ports = services.GetRequiredService<IOptions<EndpointOptions>>().Value;
        IPEndPoint[] listening =
        [
            ports.SiloListeningEndpoint ?? new(ports.AdvertisedIPAddress, ports.SiloPort),
            .. ports.GatewayPort == 0 ? (IPEndPoint[])[] : [ports.GatewayListeningEndpoint ?? new(ports.AdvertisedIPAddress, ports.GatewayPort)],
        ];
        return Beyond(listening);
    }

    private static string? WhereSilosAre(WebstreamClusterOptions cluster) => string.IsNullOrEmpty(cluster.Redis)
        ? Beyond(ClusterMembership.SilosOf(cluster))
        // Silos listen at the address from which they reach Redis.
        : RedisRoute.LocalAddressTowards(RedisSettings.Of(cluster)) is var local && IPAddress.IsLoopback(local) ? null
        : $"the network of Redis ({local})";

    private static string? Beyond(IEnumerable<IPEndPoint> ends) =>
        string.Join(", ", ends.Where(end => !IPAddress.IsLoopback(end.Address))) is { Length: > 0 } where ? where : null;
}
