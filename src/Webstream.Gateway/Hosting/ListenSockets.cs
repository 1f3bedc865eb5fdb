using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using Webstream.Gateway.Connections;
using Webstream.Gateway.FanOut;

namespace Webstream.Gateway.Hosting;

/// <summary>What every accepted connection inherits from the listening socket.</summary>
internal sealed class ListenSockets(IOptions<ListenerOptions> options, IOptions<ConnectionOptions> connections) : IConfigureOptions<SocketTransportOptions>
{
    private const int IpProtoTcp = 6;
    private const int TcpUserTimeout = 18;
    private const int LeastOnLinux = 4096;

    public void Configure(SocketTransportOptions transport)
    {
        // The kernel takes what is too much for as many as it grants.
        transport.Backlog = connections.Value.Backlog > 0 ? connections.Value.Backlog : int.MaxValue;
        transport.CreateBoundListenSocket = Create;
    }

    private Socket Create(EndPoint endpoint)
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        // The kernel would take megabytes for a client that never reads.
        socket.SendBufferSize = Told(options.Value.SendBufferBytes);
        // And as much of what a client says while nobody reads.
        socket.ReceiveBufferSize = Told(connections.Value.ReceiveBufferBytes);
        if (OperatingSystem.IsLinux() && socket.ProtocolType == ProtocolType.Tcp)
        {
            Span<byte> milliseconds = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(milliseconds, (int)options.Value.VanishedAfter.TotalMilliseconds);
            // One that vanished without a word acknowledges nothing.
            socket.SetRawSocketOption(IpProtoTcp, TcpUserTimeout, milliseconds);
        }

        return socket;
    }

    // Linux doubles what it is told, and counts its own part in; with less than a page it hardly sends.
    private static int Told(int bytes) => OperatingSystem.IsLinux() ? Math.Max(LeastOnLinux, bytes / 2) : bytes;
}
