namespace Webstream.Grains.Peers;

/// <summary>How a process shows on a connection that it belongs to the cluster; from the weakest to the strongest.</summary>
internal enum PeerKind
{
    /// <summary>Not at all.</summary>
    Plain,

    /// <summary>It proves that it knows the cluster's secret.</summary>
    Secret,

    /// <summary>Both sides show certificates of the cluster's authority, and everything is encrypted.</summary>
    Tls,
}

/// <summary>The ports of a silo. The numbers are part of the handshake of <see cref="SecretHandshake"/>.</summary>
internal enum PortKind : byte
{
    /// <summary>For other silos.</summary>
    Silo = 1,

    /// <summary>For gateways.</summary>
    Gateway = 2,
}
