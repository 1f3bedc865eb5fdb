using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Webstream.Gateway.Connections;

namespace Webstream.Gateway.Transport;

/// <summary>
/// Accepts the connections to one endpoint. Whatever one of them throws, that one is closed and the next is accepted; while there is no place
/// for more, they wait in the kernel's queue.
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
                // Also when there is no memory: what this connection asked for was not to be had, what the next asks for may be.
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
                // A reset: nothing is kept for it.
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
                // Its own trouble, and no reason for the next to wait.
                return null;
            }

            throw;
        }
    }

    // While the process may open no more files, or there is no memory, every try fails at once.
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
            // Not even for a line or a timer is there memory.
            Thread.Sleep(PauseAfterFailure);
        }
    }
}
