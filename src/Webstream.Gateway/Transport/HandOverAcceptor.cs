using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Webstream.Gateway.Transport;

/// <summary>Accepts the connections to one endpoint.</summary>
internal sealed partial class HandOverAcceptor(Socket listening, MemoryPool<byte> pool, TransportLimits limits, ILogger logger) : IConnectionListener
{
    // While the process may open no more files, or the kernel has no memory, every try fails at once.
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);

    public EndPoint EndPoint { get; } = listening.LocalEndPoint!;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                return Serve(await listening.AcceptAsync(cancellationToken));
            }
            catch (Exception ended) when (ended is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return null;
            }
            catch (SocketException reset) when (reset.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
            {
                // One that went away before it was accepted.
            }
            catch (SocketException failure)
            {
                LogFailed(logger, failure.Message);
                await Task.Delay(PauseAfterFailure, cancellationToken);
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

    private HandOverConnection Serve(Socket socket)
    {
        try
        {
            socket.NoDelay = true;
            var connection = new HandOverConnection(socket, pool, limits);
            connection.Start();
            return connection;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "No connection can be accepted: {Reason}")]
    private static partial void LogFailed(ILogger logger, string reason);
}
