using Orleans.Configuration;

namespace Webstream.Grains.Hosting;

/// <summary>The names that silos and gateways of one cluster share.</summary>
public static class SiloNames
{
    /// <summary>Gives a silo or a client the cluster's names.</summary>
    public static void Configure(ClusterOptions options) => (options.ServiceId, options.ClusterId) = ("webstream", "webstream");
}
