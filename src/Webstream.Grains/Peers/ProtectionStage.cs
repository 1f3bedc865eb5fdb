namespace Webstream.Grains.Peers;

/// <summary>
/// How far a running cluster has come on its way to TLS, or to a secret. Each stage works together with the stage before it, so processes can be
/// restarted one after the other.
/// </summary>
public enum ProtectionStage
{
    /// <summary>Nothing weaker is spoken or taken: the end of the way, and the default.</summary>
    Require,

    /// <summary>The process speaks it to silos, and takes connections with it and with what was there before: the second stage.</summary>
    Use,

    /// <summary>The process takes connections with it, and with what was there before, which it still speaks itself: the first stage.</summary>
    Accept,
}
