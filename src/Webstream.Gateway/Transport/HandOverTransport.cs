using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using Webstream.Gateway.Connections;
using Webstream.Gateway.Ending;

namespace Webstream.Gateway.Transport;

/// <summary>
/// Accepts the web server's TCP connections on Linux, so that they are counted before a byte is read and their sockets can be handed over.
/// On other systems, and for other kinds of endpoints, there is <see cref="CountedTransport"/>.
/// </summary>
internal sealed class HandOverTransport(
    IOptions<SocketTransportOptions> sockets,
    IOptions<KestrelServerOptions> kestrel,
    IOptions<HandOverOptions> handOver,
    IMemoryPoolFactory<byte> pools,
    ConnectionPlaces places,
    ConnectionTroubles troubles,
    ProcessEnd end,
    TimeProvider time) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    // Only on Linux is it known, and tried, that a socket outlives the web server's use of it unharmed.
    public bool CanBind(EndPoint endpoint) => OperatingSystem.IsLinux() && endpoint is IPEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        places.Measure();
        var limits = kestrel.Value.Limits;
        try
        {
            var socket = sockets.Value.CreateBoundListenSocket(endpoint);
            socket.Listen(sockets.Value.Backlog);
            return new(new HandOverAcceptor(
                socket,
                pools.Create(),
                new(limits.MaxRequestBufferSize ?? 0, limits.MaxResponseBufferSize ?? 0, handOver.Value.Enabled),
                places,
                troubles,
                new(socket.LocalEndPoint!, end, time),
                time));
        }
        catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(taken.Message, taken);
        }
    }
}
