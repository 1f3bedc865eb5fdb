using Webstream.Grains.Peers;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Grains.Hosting;

/// <summary>Reads from the settings how the processes of a cluster show each other that they belong together.</summary>
internal static class ClusterProtectionSetting
{
    private const string Certificate = "Webstream__Cluster__Certificate";
    private const string Key = "Webstream__Cluster__Key";
    private const string Ca = "Webstream__Cluster__Ca";

    /// <summary>Reads what the settings name.</summary>
    /// <exception cref="StartRefusedException">A file cannot be used, or settings contradict each other.</exception>
    public static ClusterProtection Read(WebstreamClusterOptions cluster)
    {
        var (secret, certificates) = (ClusterSecretSetting.Read(cluster), ReadCertificates(cluster));
        return secret is null && certificates is null && cluster.Protection is not ProtectionStage.Require
            ? throw new StartRefusedException(
                $"Webstream__Cluster__Protection={cluster.Protection.ToString().ToLowerInvariant()} needs Webstream__Cluster__Secret, or "
                + $"{Certificate}, …__Key and …__Ca: it says how a cluster changes over to them.")
            : new(secret, certificates, cluster.Protection);
    }

    private static ClusterCertificates? ReadCertificates(WebstreamClusterOptions cluster)
    {
        string?[] files = [cluster.Certificate, cluster.Key, cluster.Ca];
        return Array.TrueForAll(files, string.IsNullOrEmpty) ? null
            : Array.Exists(files, string.IsNullOrEmpty)
            ? throw new StartRefusedException($"{Certificate}, {Key} and {Ca} belong together. Set all of them, or none.")
            : new(new(Certificate, cluster.Certificate!), new(Key, cluster.Key!), new(Ca, cluster.Ca!));
    }
}
