using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Hosting;
using Webstream.Grains.Peers;
using Webstream.ServiceDefaults.Settings;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Grains.Hosting;

/// <summary>How a process finds the others of its cluster. Silo and client stand side by side, because they must agree.</summary>
public static class ClusterMembership
{
    /// <summary>Reads the section <c>Webstream</c>'s cluster.</summary>
    /// <exception cref="StartRefusedException">A setting is wrong.</exception>
    public static WebstreamClusterOptions Read(IConfiguration webstream)
    {
        SettingsCheck.RefuseUnreadable<WebstreamClusterOptions>(webstream, WebstreamClusterOptions.Section);
        var options = webstream.GetSection(WebstreamClusterOptions.Section).Get<WebstreamClusterOptions>() ?? new();
        try
        {
            Validator.ValidateObject(options, new(options), validateAllProperties: true);
            return options;
        }
        catch (ValidationException invalid)
        {
            throw new StartRefusedException(invalid.Message);
        }
    }

    /// <summary>Makes a silo join the cluster in Redis.</summary>
    /// <exception cref="StartRefusedException">A setting is wrong.</exception>
    public static ISiloBuilder JoinThroughRedis(this ISiloBuilder silo, WebstreamClusterOptions cluster)
    {
        var redis = RedisSettings.Of(cluster);
        var advertised = Advertised(cluster);
        silo.UseRedisClustering(o => o.ConfigurationOptions = redis.Clone());
        silo.Configure<ClusterOptions>(names => Name(names, cluster));
        silo.Configure<EndpointOptions>(o =>
        {
            o.AdvertisedIPAddress = advertised ?? RedisRoute.LocalAddressTowards(redis);
            o.SiloPort = cluster.SiloPort == 0 ? FreePorts.Take() : cluster.SiloPort;
            o.GatewayPort = cluster.GatewayPort == 0 ? FreePorts.Take() : cluster.GatewayPort;
        });
        silo.Configure<ClusterMembershipOptions>(o =>
        {
            // A killed silo refuses its probes, which are half a second apart when all is well. After two refused probes it is declared dead.
            // If its connection stands, no silo votes against it before it has been silent for MaxProbeTimeout times the limit: 6 s. That is
            // enough for a long pause of its machine, and all the time that a frozen silo has.
            (o.ProbeTimeout, o.MinProbeTimeout, o.MaxProbeTimeout) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(3));
            o.NumMissedProbesLimit = 2;
            // After a power cut the table still names dead silos. A new silo tries to reach each of them before it joins, except those that have
            // not reported for three of these periods that they are alive.
            o.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
            o.TableRefreshTimeout = TimeSpan.FromSeconds(5);
            o.DefunctSiloCleanupPeriod = TimeSpan.FromHours(1);
            // That would be judged by the clocks of two machines: one whose clock is wrong would put every silo to death that joins.
            o.EvictWhenMaxJoinAttemptTimeExceeded = false;
        });
        silo.Services.AddHostedService<MembershipWatch>();
        return silo.ProtectPeers(ClusterProtectionSetting.Read(cluster));
    }

    /// <summary>Makes a silo of gateways on this machine, which is the only one of its cluster.</summary>
    /// <exception cref="StartRefusedException">A setting is wrong.</exception>
    public static ISiloBuilder BeOnlySilo(this ISiloBuilder silo, WebstreamClusterOptions cluster) => silo
        .UseLocalhostClustering(
            cluster.SiloPort == 0 ? FreePorts.Take() : cluster.SiloPort,
            cluster.GatewayPort == 0 ? FreePorts.Take() : cluster.GatewayPort)
        .Configure<ClusterOptions>(names => Name(names, cluster))
        .ProtectPeers(ClusterProtectionSetting.Read(cluster));

    /// <summary>
    /// Makes a silo of the process that it is in: on loopback, on a port that nobody has to know, with a name and a secret that no other process has.
    /// </summary>
    public static ISiloBuilder BeAlone(this ISiloBuilder silo) => silo
        .UseLocalhostClustering(FreePorts.Take(), gatewayPort: 0, serviceId: "webstream", clusterId: Guid.NewGuid().ToString("N"))
        .Configure<EndpointOptions>(o => o.GatewayPort = 0)
        .Configure<ClusterShape>(shape => shape.OneProcess = true)
        .ProtectPeers(ClusterProtection.OfThisProcess());

    /// <summary>Makes a gateway connect to the cluster in Redis, and wait for the cluster when it is not there yet.</summary>
    /// <exception cref="StartRefusedException">A setting is wrong.</exception>
    public static IClientBuilder ConnectThroughRedis(this IClientBuilder client, WebstreamClusterOptions cluster, Action<string> say)
    {
        var redis = RedisSettings.Of(cluster);
        client.UseRedisClustering(o => o.ConfigurationOptions = redis.Clone());
        // A gateway learns only from the list that a silo is frozen: it keeps asking that silo until the list no longer has it.
        client.Configure<GatewayOptions>(o => o.GatewayListRefreshPeriod = TimeSpan.FromSeconds(1));
        return client.Connect(cluster, say);
    }

    /// <summary>Makes a gateway connect to silos whose addresses are configured.</summary>
    /// <exception cref="StartRefusedException">An address is wrong.</exception>
    public static IClientBuilder ConnectTo(this IClientBuilder client, WebstreamClusterOptions cluster, Action<string> say)
    {
        client.UseStaticClustering(SilosOf(cluster));
        return client.Connect(cluster, say);
    }

    /// <summary>The silos whose addresses are configured.</summary>
    /// <exception cref="StartRefusedException">An address is wrong.</exception>
    internal static IPEndPoint[] SilosOf(WebstreamClusterOptions cluster) =>
        Array.ConvertAll(cluster.Silos.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), Endpoint);

    /// <summary>The names that silos and gateways of one cluster share.</summary>
    public static void Name(ClusterOptions names, WebstreamClusterOptions cluster) =>
        (names.ServiceId, names.ClusterId) = (cluster.Name, cluster.Name);

    private static IClientBuilder Connect(this IClientBuilder client, WebstreamClusterOptions cluster, Action<string> say)
    {
        var said = false;
        client.Configure<ClusterOptions>(names => Name(names, cluster));
        client.ProtectPeers(ClusterProtectionSetting.Read(cluster));
        return client.UseConnectionRetryFilter(async (_, cancellationToken) =>
        {
            if (!said)
            {
                say("Waiting for a silo; none answers yet.");
                said = true;
            }

            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
            return true;
        });
    }

    private static IPAddress? Advertised(WebstreamClusterOptions cluster) =>
        string.IsNullOrEmpty(cluster.AdvertisedAddress) ? null
        : IPAddress.TryParse(cluster.AdvertisedAddress, out var address) ? address
        : throw new StartRefusedException($"Webstream__Cluster__AdvertisedAddress is '{cluster.AdvertisedAddress}', which is not an address such as 10.0.0.5.");

    private static IPEndPoint Endpoint(string text) =>
        IPEndPoint.TryParse(text, out var endpoint) && endpoint.Port > 0
            ? endpoint
            : throw new StartRefusedException($"Webstream__Cluster__Silos has '{text}', which is not an address and port such as 127.0.0.1:30000.");
}
