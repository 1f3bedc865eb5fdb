using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Hosting;

namespace Webstream.Grains.Hosting;

/// <summary>How a process finds the others of its cluster. Silo and client stand side by side, because they must agree.</summary>
public static class ClusterMembership
{
    /// <summary>Reads the section <c>Webstream</c>'s cluster.</summary>
    /// <exception cref="StartRefusedException">A setting is wrong.</exception>
    public static WebstreamClusterOptions Read(IConfiguration webstream)
    {
        try
        {
            var options = webstream.GetSection("Cluster").Get<WebstreamClusterOptions>() ?? new();
            Validator.ValidateObject(options, new(options), validateAllProperties: true);
            return options;
        }
        catch (Exception failure) when (failure is ValidationException or InvalidOperationException)
        {
            throw new StartRefusedException(failure.Message);
        }
    }

    /// <summary>A silo that joins the cluster in Redis.</summary>
    /// <exception cref="StartRefusedException">A setting is wrong.</exception>
    public static ISiloBuilder JoinThroughRedis(this ISiloBuilder silo, WebstreamClusterOptions cluster)
    {
        var redis = RedisSettings.Parse(cluster.Redis!);
        silo.UseRedisClustering(o => o.ConfigurationOptions = RedisSettings.Parse(cluster.Redis!));
        silo.Configure<ClusterOptions>(names => Name(names, cluster));
        silo.Configure<EndpointOptions>(o =>
        {
            o.AdvertisedIPAddress = Advertised(cluster) ?? RedisSettings.LocalAddressTowards(redis);
            o.SiloPort = cluster.SiloPort == 0 ? FreePorts.Take() : cluster.SiloPort;
            o.GatewayPort = cluster.GatewayPort == 0 ? FreePorts.Take() : cluster.GatewayPort;
        });
        silo.Configure<ClusterMembershipOptions>(o =>
        {
            // A killed silo is noticed at once by its closed connections, a frozen one by three unanswered probes.
            o.ProbeTimeout = TimeSpan.FromSeconds(1);
            o.NumMissedProbesLimit = 3;
            o.TableRefreshTimeout = TimeSpan.FromSeconds(5);
            o.DefunctSiloCleanupPeriod = TimeSpan.FromHours(1);
        });
        return silo;
    }

    /// <summary>A gateway that connects to the cluster in Redis, and waits for it when it is not there yet.</summary>
    /// <exception cref="StartRefusedException">A setting is wrong.</exception>
    public static IClientBuilder ConnectThroughRedis(this IClientBuilder client, WebstreamClusterOptions cluster, Action<string> say)
    {
        client.UseRedisClustering(o => o.ConfigurationOptions = RedisSettings.Parse(cluster.Redis!));
        client.Configure<GatewayOptions>(o => o.GatewayListRefreshPeriod = TimeSpan.FromSeconds(2));
        return client.Connect(cluster, say);
    }

    /// <summary>A gateway that connects to silos whose addresses it is told.</summary>
    /// <exception cref="StartRefusedException">An address is wrong.</exception>
    public static IClientBuilder ConnectTo(this IClientBuilder client, WebstreamClusterOptions cluster, Action<string> say)
    {
        var silos = cluster.Silos.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        client.UseStaticClustering(Array.ConvertAll(silos, Endpoint));
        return client.Connect(cluster, say);
    }

    /// <summary>The names that silos and gateways of one cluster share.</summary>
    public static void Name(ClusterOptions names, WebstreamClusterOptions cluster) =>
        (names.ServiceId, names.ClusterId) = (cluster.Name, cluster.Name);

    private static IClientBuilder Connect(this IClientBuilder client, WebstreamClusterOptions cluster, Action<string> say)
    {
        var said = false;
        client.Configure<ClusterOptions>(names => Name(names, cluster));
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
