using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using Webstream.Gateway.Connections;
using Webstream.Gateway.FanOut;

namespace Webstream.Gateway.Hosting;

/// <summary>What every accepted connection inherits from the listening socket.</summary>
internal sealed class ListenSockets(IOptions<ListenerOptions> options, IOptions<ConnectionOptions> connections, ListenPlan plan)
    : IConfigureOptions<SocketTransportOptions>
{
    private const int IpProtoTcp = 6;
    private const int TcpUserTimeout = 18;
    private const int LeastOnLinux = 4096;

    public void Configure(SocketTransportOptions transport)
    {
        // The kernel cuts a backlog that is too long to what it grants.
        transport.Backlog = connections.Value.Backlog > 0 ? connections.Value.Backlog : int.MaxValue;
        transport.CreateBoundListenSocket = Create;
    }

    private Socket Create(EndPoint endpoint)
    {
        var socket = plan.Bind(endpoint);
        // Without a cap the kernel would hold megabytes for a client that never reads.
        socket.SendBufferSize = Told(options.Value.SendBufferBytes);
        // It would hold as much of what a client sends while nobody reads.
        socket.ReceiveBufferSize = Told(connections.Value.ReceiveBufferBytes);
        if (OperatingSystem.IsLinux() && socket.ProtocolType == ProtocolType.Tcp)
        {
            Span<byte> milliseconds = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(milliseconds, (int)options.Value.VanishedAfter.TotalMilliseconds);
            // A client that vanished without closing acknowledges nothing.
            socket.SetRawSocketOption(IpProtoTcp, TcpUserTimeout, milliseconds);
        }

        return socket;
    }

    // Linux doubles the size that it is told, and counts its own overhead in; with less than a page it hardly sends.
    private static int Told(int bytes) => OperatingSystem.IsLinux() ? Math.Max(LeastOnLinux, bytes / 2) : bytes;
}
