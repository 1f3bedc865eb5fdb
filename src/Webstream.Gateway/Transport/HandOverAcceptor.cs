using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Webstream.Gateway.Connections;

namespace Webstream.Gateway.Transport;

/// <summary>
/// Accepts the connections to one endpoint. When a connection throws, it is closed and the next is accepted. While there is no place for more,
/// connections wait in the kernel's queue.
/// </summary>
internal sealed class HandOverAcceptor(
    Socket listening, MemoryPool<byte> pool, TransportLimits limits, ConnectionPlaces places, ConnectionTroubles troubles, AcceptWatch watch, TimeProvider time)
    : IConnectionListener
{
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource ending = new();
    private readonly AcceptFailures failures = new(time);

    public EndPoint EndPoint { get; } = listening.LocalEndPoint!;

    /// <returns>None when the endpoint is closed, or when nothing can be accepted any more.</returns>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        watch.Came();
        while (true)
        {
            Exception failure;
            try
            {
                if (await AcceptOneAsync() is not { } connection)
                {
                    continue;
                }

                failures.Succeeded();
                watch.Left();
                return connection;
            }
            catch (Exception failed)
            {
                // Also when there is no memory: there was none for this connection, but there may be some for the next.
                failure = failed;
            }

            if (watch.IsClosed)
            {
                return null;
            }

            if (!failures.MayGoOnAfter(failure))
            {
                watch.Ended(failure);
                return null;
            }

            if (!AcceptFailures.IsTheClients(failure))
            {
                await PauseAsync(failure);
            }
        }
    }

    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        watch.Dispose();
        listening.Dispose();
        await ending.CancelAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await UnbindAsync();
        pool.Dispose();
    }

    private async ValueTask<ConnectionContext?> AcceptOneAsync()
    {
        var socket = await listening.AcceptAsync();
        ConnectionPlace? place = null;
        try
        {
            place = await places.EnterAsync(socket.RemoteEndPoint, ending.Token);
            if (place is null)
            {
                // A reset, so that the kernel keeps nothing for the connection.
                socket.Close(timeout: 0);
                return null;
            }

            socket.NoDelay = true;
            var connection = new HandOverConnection(socket, place, pool, limits, time);
            connection.Start();
            return connection;
        }
        catch (Exception failure)
        {
            socket.Dispose();
            place?.Dispose();
            if (failure is SocketException)
            {
                // This connection's own failure is no reason for the next one to wait.
                return null;
            }

            throw;
        }
    }

    // While the process may open no more files, or there is no memory, every try fails at once: hence the pause.
    private async ValueTask PauseAsync(Exception failure)
    {
        try
        {
            troubles.Failed(failure);
            places.CloseIdle();
            await Task.Delay(PauseAfterFailure, time, ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (Exception)
        {
            // There is no memory even for a line in the log or a timer.
            Thread.Sleep(PauseAfterFailure);
        }
    }
}
