namespace Webstream.Grains.Peers;

/// <summary>How this process and the others of its cluster show each other that they belong together.</summary>
/// <param name="Secret">The cluster's secret; none: there is none.</param>
/// <param name="Certificates">The certificates; none: there is no TLS.</param>
/// <param name="Stage">How far the cluster has come on its way to the stronger of the two.</param>
internal sealed record ClusterProtection(ClusterSecret? Secret, ClusterCertificates? Certificates, ProtectionStage Stage)
{
    /// <summary>What this process speaks when it connects to a silo.</summary>
    public PeerKind Spoken => Stage is ProtectionStage.Accept ? Weaker : Strongest;

    /// <summary>Whether anything is proven at all.</summary>
    public bool Protects => Strongest is not PeerKind.Plain;

    /// <summary>Whether a process that proves nothing may be in the cluster.</summary>
    public bool TakesAnybody => Takes(PeerKind.Plain);

    private PeerKind Strongest => Certificates is not null ? PeerKind.Tls : Secret is not null ? PeerKind.Secret : PeerKind.Plain;

    // What was there before. From a secret the way leads to TLS, and never back to nothing.
    private PeerKind Weaker => Certificates is not null && Secret is not null ? PeerKind.Secret : PeerKind.Plain;

    /// <summary>Whether silos take connections that begin so.</summary>
    public bool Takes(PeerKind kind) => kind == Strongest || (Stage is not ProtectionStage.Require && kind == Weaker);

    /// <summary>What others lack that prove too little.</summary>
    public string Wanted => Stage is ProtectionStage.Require && Certificates is not null
        ? "TLS with a certificate of the cluster (Webstream__Cluster__Certificate)"
        : "the cluster's secret (Webstream__Cluster__Secret)";

    /// <summary>For a process that is a cluster of its own: nobody else can connect to its silo.</summary>
    public static ClusterProtection OfThisProcess() => new(ClusterSecret.OfThisProcess(), null, ProtectionStage.Require);
}
