using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Webstream.Gateway.Transport;

/// <summary>Accepts the connections to one endpoint.</summary>
internal sealed partial class HandOverAcceptor(Socket listening, MemoryPool<byte> pool, TransportLimits limits, ILogger logger) : IConnectionListener
{
    // While the process may open no more files, every try fails at once.
    private static readonly TimeSpan PauseWithoutFiles = TimeSpan.FromMilliseconds(100);

    public EndPoint EndPoint { get; } = listening.LocalEndPoint!;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                var socket = await listening.AcceptAsync(cancellationToken);
                socket.NoDelay = true;
                var connection = new HandOverConnection(socket, pool, limits);
                connection.Start();
                return connection;
            }
            catch (Exception ended) when (ended is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return null;
            }
            catch (SocketException failure) when (failure.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
            {
                LogNoFiles(logger, failure.Message);
                await Task.Delay(PauseWithoutFiles, cancellationToken);
            }
            catch (SocketException)
            {
                // One that was reset before it was accepted.
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        listening.Dispose();
        return default;
    }

    public ValueTask DisposeAsync()
    {
        listening.Dispose();
        pool.Dispose();
        return default;
    }

    [LoggerMessage(1, LogLevel.Warning, "No connection can be accepted: {Reason}")]
    private static partial void LogNoFiles(ILogger logger, string reason);
}
