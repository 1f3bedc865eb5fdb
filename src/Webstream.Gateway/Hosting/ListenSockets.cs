using System.Buffers.Binary;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using Webstream.Gateway.FanOut;

namespace Webstream.Gateway.Hosting;

/// <summary>What every accepted connection inherits from the listening socket.</summary>
internal sealed class ListenSockets(IOptions<ListenerOptions> options) : IConfigureOptions<SocketTransportOptions>
{
    private const int IpProtoTcp = 6;
    private const int TcpUserTimeout = 18;
    private const int LeastOnLinux = 4096;

    public void Configure(SocketTransportOptions transport) => transport.CreateBoundListenSocket = endpoint =>
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        // The kernel would take megabytes for a client that never reads. Linux doubles what it is told, and counts its own part in;
        // with less than a page it hardly sends.
        var bytes = options.Value.SendBufferBytes;
        socket.SendBufferSize = OperatingSystem.IsLinux() ? Math.Max(LeastOnLinux, bytes / 2) : bytes;
        if (OperatingSystem.IsLinux() && socket.ProtocolType == ProtocolType.Tcp)
        {
            Span<byte> milliseconds = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(milliseconds, (int)options.Value.VanishedAfter.TotalMilliseconds);
            // One that vanished without a word acknowledges nothing.
            socket.SetRawSocketOption(IpProtoTcp, TcpUserTimeout, milliseconds);
        }

        return socket;
    };
}
