using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Webstream.Gateway.Connections;
using Webstream.Gateway.Ending;

namespace Webstream.Gateway.Transport;

/// <summary>
/// The web server's own transport, with its connections counted. It reads ahead from a connection before that connection has its place, and
/// closes no connection for the memory that it uses. All else is as in <see cref="HandOverTransport"/>.
/// </summary>
internal sealed class CountedTransport(
    SocketTransportFactory inner, ConnectionPlaces places, ConnectionTroubles troubles, ProcessEnd end, TimeProvider time)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public bool CanBind(EndPoint endpoint) => inner.CanBind(endpoint);

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        places.Measure();
        var listener = await inner.BindAsync(endpoint, cancellationToken);
        return new CountedListener(listener, places, troubles, new(listener.EndPoint, end, time));
    }
}

/// <summary>Counts the connections that another connection listener accepts.</summary>
internal sealed class CountedListener(IConnectionListener inner, ConnectionPlaces places, ConnectionTroubles troubles, AcceptWatch watch)
    : IConnectionListener
{
    private readonly CancellationTokenSource ending = new();

    public EndPoint EndPoint => inner.EndPoint;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        watch.Came();
        Exception? failure = null;
        try
        {
            while (await inner.AcceptAsync(cancellationToken) is { } connection)
            {
                if (await TryServeAsync(connection))
                {
                    watch.Left();
                    return connection;
                }
            }
        }
        catch (Exception failed)
        {
            failure = failed;
        }

        watch.Ended(failure);
        return null;
    }

    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        watch.Dispose();
        await ending.CancelAsync();
        await inner.UnbindAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        watch.Dispose();
        await ending.CancelAsync();
        await inner.DisposeAsync();
    }

    private async ValueTask<bool> TryServeAsync(ConnectionContext connection)
    {
        try
        {
            if (await places.EnterAsync(connection.RemoteEndPoint, ending.Token) is { } place)
            {
                connection.Features.Set(place);
                place.ServedBy(new Served(connection));
                connection.ConnectionClosed.UnsafeRegister(static place => ((ConnectionPlace)place!).Dispose(), place);
                return true;
            }
        }
        catch (Exception failure) when (!ending.IsCancellationRequested)
        {
            troubles.Failed(failure);
        }

        connection.Abort();
        await connection.DisposeAsync();
        return false;
    }

    private sealed class Served(ConnectionContext connection) : IServedConnection
    {
        public void Cut() => connection.Abort();
    }
}
