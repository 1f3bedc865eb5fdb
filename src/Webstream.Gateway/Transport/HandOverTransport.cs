using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using Webstream.Gateway.FanOut;

namespace Webstream.Gateway.Transport;

/// <summary>
/// Accepts the web server's TCP connections such that their sockets can be handed over. Where it does not apply (other platforms, other
/// kinds of endpoints, switched off) the web server takes its own transport.
/// </summary>
internal sealed class HandOverTransport(
    IOptions<SocketTransportOptions> sockets,
    IOptions<KestrelServerOptions> kestrel,
    IOptions<ListenerOptions> listeners,
    IMemoryPoolFactory<byte> pools,
    ILogger<HandOverTransport> logger) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    // Only on Linux is it known, and tried, that a socket outlives the web server's use of it unharmed.
    public bool CanBind(EndPoint endpoint) => OperatingSystem.IsLinux() && endpoint is IPEndPoint && listeners.Value.HandOver;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var limits = kestrel.Value.Limits;
        try
        {
            var socket = sockets.Value.CreateBoundListenSocket(endpoint);
            socket.Listen(sockets.Value.Backlog);
            return new(new HandOverAcceptor(
                socket, pools.Create(), new(limits.MaxRequestBufferSize ?? 0, limits.MaxResponseBufferSize ?? 0), logger));
        }
        catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(taken.Message, taken);
        }
    }
}
