namespace Webstream.Grains.Peers;

/// <summary>What is wrong with the other side of a connection between processes of the cluster.</summary>
internal enum PeerFault
{
    NoProof,
    NotTaken,
    WrongPort,
    WrongSecret,
    Certificate,
    Handshake,
    Unreadable,
    TooSlow,
    TooMany,
    Ended,
}

/// <summary>The other side of a connection cannot be trusted, or does not trust this process.</summary>
/// <param name="fault">What kind of fault it is.</param>
/// <param name="why">A clause for the log, without its full stop and without a secret.</param>
internal sealed class PeerRefusedException(PeerFault fault, string why) : Exception(why)
{
    public PeerFault Fault => fault;
}
