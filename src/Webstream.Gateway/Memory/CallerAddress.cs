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

    /// <summary>The address for which a request is counted: the peer of its connection, whatever headers say.</summary>
    public static CallerAddress Of(HttpContext context) => Of(SocketPeer.Of(context));

    /// <summary>The address for which a peer is counted.</summary>
    public static CallerAddress Of(IPAddress? peer)
    {
        if (peer is { IsIPv4MappedToIPv6: true })
        {
            peer = peer.MapToIPv4();
        }

        if (peer is null || IPAddress.IsLoopback(peer))
        {
            return default;
        }

        Span<byte> bytes = stackalloc byte[16];
        peer.TryWriteBytes(bytes, out var length);
        return new(peer.AddressFamily, length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt64BigEndian(bytes));
    }
}
