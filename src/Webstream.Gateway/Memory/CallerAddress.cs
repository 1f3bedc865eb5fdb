using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Webstream.Gateway.Addresses;

namespace Webstream.Gateway.Memory;

/// <summary>
/// The address for which something is counted. For IPv6 it is the first 64 bits, which belong to one customer. The default is no address:
/// callers of this machine are not told apart, and no limit by address binds them.
/// </summary>
internal readonly record struct CallerAddress
{
    private readonly ulong network;
    private readonly AddressFamily family;

    private CallerAddress(AddressFamily family, ulong network) => (this.family, this.network) = (family, network);

    /// <summary>Whether limits by address bind this caller.</summary>
    public bool IsCounted => family != default;

    /// <summary>
    /// The address for which a request is counted: the caller that a trusted proxy names, or else the peer of the connection. Only a peer can be
    /// on this machine; a caller that a proxy names is not, whatever it is called.
    /// </summary>
    public static CallerAddress Of(HttpContext context) =>
        Of(context.Connection.RemoteIpAddress) is { IsCounted: true } caller ? caller : Of(SocketPeer.Of(context));

    /// <summary>The address for which a peer is counted.</summary>
    public static CallerAddress Of(IPAddress? peer)
    {
        peer = PlainAddress.Of(peer);
        if (peer is null || IPAddress.IsLoopback(peer))
        {
            return default;
        }

        Span<byte> bytes = stackalloc byte[16];
        peer.TryWriteBytes(bytes, out var length);
        return new(peer.AddressFamily, length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt64BigEndian(bytes));
    }
}
