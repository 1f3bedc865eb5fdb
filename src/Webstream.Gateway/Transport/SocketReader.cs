using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Webstream.Gateway.Connections;

namespace Webstream.Gateway.Transport;

/// <summary>
/// Reads from a socket as long as it is open. The web server gets what the client sends; a later owner is only told when the client has gone.
/// A quiet connection has nothing but this reader, so it holds no buffer, and nothing of the web server once the socket was handed over.
/// </summary>
internal sealed class SocketReader(Socket socket, PipeWriter input, CancellationTokenSource closed, ConnectionPlace place, TimeProvider time)
{
    /// <summary>
    /// How long the web server may leave a full read-ahead unread. Clients do not send so much after a request that lasts. If one does, its end
    /// cannot be seen.
    /// </summary>
    public static readonly TimeSpan MaxUnreadTime = TimeSpan.FromSeconds(15);

    private const int SmallestRead = 2048;

    // A client that sends more than this to an event stream has taken it for something else, and must not keep a thread busy.
    private const long MaxUnread = 1024 * 1024;

    // Shared by all connections. What a client sends after its request for an event stream is not used, so others may overwrite it.
    private static readonly byte[] Unread = new byte[4096];

    private readonly Lock gate = new();
    private PipeWriter? input = input;
    private CancellationTokenSource? closed = closed;
    private ISocketOwner? owner;
    private bool ended;
    private volatile bool isCut;
    private long unread;

    /// <summary>Reads until the connection is closed.</summary>
    public async Task RunAsync()
    {
        Exception? failure = null;
        try
        {
            do
            {
                // Without a buffer: most connections are quiet most of the time.
                await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None).ConfigureAwait(false);
            }
            while (await TakeAsync().ConfigureAwait(false));
        }
        catch (Exception broken)
        {
            // Whatever the failure was, nothing more can be read.
            failure = broken;
        }

        await EndAsync(failure).ConfigureAwait(false);
    }

    /// <summary>
    /// From now on the end of the stream is the gateway's doing. A socket that is shut down looks as if its client had ended in order, and half
    /// a request would count as a whole one.
    /// </summary>
    public void Cut() => isCut = true;

    /// <summary>Passes the socket to another owner. From now on that owner is told of the end, and the web server is forgotten.</summary>
    public void PassOn(ISocketOwner next)
    {
        place.HandedOver();
        next.Take(socket, place);
        lock (gate)
        {
            (input, closed, owner) = (null, null, next);
            if (!ended)
            {
                return;
            }
        }

        next.RemoteClosed();
    }

    /// <returns>False at the end of the stream.</returns>
    private ValueTask<bool> TakeAsync()
    {
        PipeWriter? pipe;
        lock (gate)
        {
            pipe = input;
        }

        return pipe is null ? ValueTask.FromResult(Discard()) : TakeAsync(pipe);
    }

    private bool Discard()
    {
        var count = socket.Receive(Unread, SocketFlags.None, out var error);
        unread += count;
        return (count > 0 || error == SocketError.WouldBlock) && unread <= MaxUnread;
    }

    private async ValueTask<bool> TakeAsync(PipeWriter pipe)
    {
        var count = await socket.ReceiveAsync(pipe.GetMemory(SmallestRead), SocketFlags.None).ConfigureAwait(false);
        if (count == 0)
        {
            return false;
        }

        place.Heard();
        pipe.Advance(count);
        var flushing = pipe.FlushAsync();
        var flush = flushing.IsCompleted ? flushing.Result : await WaitForRoomAsync(flushing.AsTask()).ConfigureAwait(false);
        if (flush.IsCompleted)
        {
            // The web server reads no more. The client's end is still of interest.
            lock (gate)
            {
                input = null;
            }
        }

        return !flush.IsCanceled;
    }

    // The kernel holds the bytes that come meanwhile, so its receive buffer is charged.
    private async ValueTask<FlushResult> WaitForRoomAsync(Task<FlushResult> flushing)
    {
        var bytes = socket.ReceiveBufferSize;
        var isCharged = place.TryCharge(bytes);
        try
        {
            return await flushing.WaitAsync(MaxUnreadTime, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            place.Cut();
            return await flushing.ConfigureAwait(false);
        }
        finally
        {
            if (isCharged)
            {
                place.Uncharge(bytes);
            }
        }
    }

    private async Task EndAsync(Exception? failure)
    {
        PipeWriter? pipe;
        CancellationTokenSource? toCancel;
        ISocketOwner? toTell;
        lock (gate)
        {
            (ended, pipe, toCancel, toTell) = (true, input, closed, owner);
        }

        toTell?.RemoteClosed();
        if (pipe is not null)
        {
            await pipe.CompleteAsync(Reason(failure, isCut)).ConfigureAwait(false);
        }

        await (toCancel?.CancelAsync() ?? Task.CompletedTask).ConfigureAwait(false);
    }

    // Uses the web server's own exception types, so that it does not take a client's end for a failure of the gateway.
    private static Exception? Reason(Exception? failure, bool isCut) => failure switch
    {
        null => isCut ? new ConnectionAbortedException("The gateway has cut the connection.") : null,
        SocketException { SocketErrorCode: not SocketError.OperationAborted } => new ConnectionResetException(failure.Message, failure),
        _ => new ConnectionAbortedException(failure.Message, failure),
    };
}
