using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Webstream.Gateway.Addresses;

namespace Webstream.Gateway.Memory;

/// <summary>
/// The address for which something is counted. For IPv6 it is the first 64 bits, which belong to one customer. The default is no address:
/// callers of this machine, and trusted proxies themselves, are not told apart, and no limit by address binds them.
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
    /// on this machine; a caller that a proxy names is not, whatever it is called. A trusted proxy that names nobody is not counted.
    /// </summary>
    public static CallerAddress Of(HttpContext context)
    {
        var (peer, caller) = (SocketPeer.Of(context), PlainAddress.Of(context.Connection.RemoteIpAddress));
        return caller is not null && !caller.Equals(peer) ? Counted(caller)
            : TrustedPeer.Is(context) ? default
            : Of(peer);
    }

    /// <summary>The address or the network, for people.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        switch (family)
        {
            case AddressFamily.InterNetwork:
                BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)network);
                return new IPAddress(bytes[..4]).ToString();
            case default(AddressFamily):
                return "of this machine or of a trusted proxy";
            default:
                BinaryPrimitives.WriteUInt64BigEndian(bytes, network);
                return $"{new IPAddress(bytes)}/64";
        }
    }

    /// <summary>The address for which a peer is counted.</summary>
    public static CallerAddress Of(IPAddress? peer) =>
        PlainAddress.Of(peer) is { } plain && !IPAddress.IsLoopback(plain) ? Counted(plain) : default;

    private static CallerAddress Counted(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        return new(address.AddressFamily, length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt64BigEndian(bytes));
    }
}
