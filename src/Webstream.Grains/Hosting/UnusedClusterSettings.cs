using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Webstream.Grains.Hosting;

/// <summary>
/// Leaves out the settings of the cluster that a process does not use, so that nothing judges them: one environment may serve all processes, and
/// orchestrators add variables of their own.
/// </summary>
public static class UnusedClusterSettings
{
    /// <summary>Gives the settings that this process does not use their defaults.</summary>
    /// <param name="webstream">The section <c>Webstream</c>.</param>
    /// <param name="isSilo">Whether the process is a silo; a gateway, if not.</param>
    public static void LeaveOut(IConfiguration webstream, bool isSilo)
    {
        var cluster = webstream.GetSection(WebstreamClusterOptions.Section);
        var defaults = new WebstreamClusterOptions();
        foreach (var name in Unused(cluster, isSilo).Where(name => cluster[name] is not null))
        {
            cluster[name] = Convert.ToString(typeof(WebstreamClusterOptions).GetProperty(name)!.GetValue(defaults), CultureInfo.InvariantCulture) ?? "";
        }
    }

    private static IEnumerable<string> Unused(IConfigurationSection cluster, bool isSilo)
    {
        var hasRedis = cluster[nameof(WebstreamClusterOptions.Redis)] is { Length: > 0 };
        var joins = isSilo || (hasRedis && !"false".Equals(cluster[nameof(WebstreamClusterOptions.EmbedSilo)] ?? "false", StringComparison.OrdinalIgnoreCase));
        var isAlone = !isSilo && !hasRedis && cluster[nameof(WebstreamClusterOptions.Silos)] is not { Length: > 0 };
        string[] redis =
        [
            nameof(WebstreamClusterOptions.RedisUser), nameof(WebstreamClusterOptions.RedisUserFile),
            nameof(WebstreamClusterOptions.RedisPassword), nameof(WebstreamClusterOptions.RedisPasswordFile),
            nameof(WebstreamClusterOptions.RedisCa), nameof(WebstreamClusterOptions.RedisCertificate), nameof(WebstreamClusterOptions.RedisKey),
        ];
        string[] peers =
        [
            nameof(WebstreamClusterOptions.Certificate), nameof(WebstreamClusterOptions.Key), nameof(WebstreamClusterOptions.Ca),
            nameof(WebstreamClusterOptions.Secret), nameof(WebstreamClusterOptions.SecretFile),
            nameof(WebstreamClusterOptions.Protection), nameof(WebstreamClusterOptions.Insecure),
        ];
        string[] ports = [nameof(WebstreamClusterOptions.SiloPort), nameof(WebstreamClusterOptions.GatewayPort)];
        return
        [
            .. hasRedis ? [] : redis,
            .. joins ? [] : ports,
            .. joins && hasRedis ? (string[])[] : [nameof(WebstreamClusterOptions.AdvertisedAddress)],
            .. isAlone ? (string[])[nameof(WebstreamClusterOptions.Name), .. peers] : [],
            .. hasRedis && !isSilo ? (string[])[] : [nameof(WebstreamClusterOptions.EmbedSilo)],
            .. hasRedis || isSilo ? (string[])[nameof(WebstreamClusterOptions.Silos)] : [],
        ];
    }
}
