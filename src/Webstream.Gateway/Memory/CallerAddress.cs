using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Webstream.Gateway.Addresses;

namespace Webstream.Gateway.Memory;

/// <summary>
/// Whom something is counted for: an address, of IPv6 the first 64 bits, which are one customer's. The default is nobody: callers of this
/// machine are not told apart, and no limit by address binds them.
/// </summary>
internal readonly record struct CallerAddress
{
    private readonly ulong network;
    private readonly AddressFamily family;

    private CallerAddress(AddressFamily family, ulong network) => (this.family, this.network) = (family, network);

    /// <summary>Whether limits by address bind this caller.</summary>
    public bool IsCounted => family != default;

    /// <summary>Whom a request is counted for: the peer of its connection, whatever headers say.</summary>
    public static CallerAddress Of(HttpContext context) => Of(SocketPeer.Of(context));

    /// <summary>Whom a peer is counted for.</summary>
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
