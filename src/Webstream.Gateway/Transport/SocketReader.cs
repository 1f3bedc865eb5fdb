using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Webstream.Gateway.Connections;

namespace Webstream.Gateway.Transport;

/// <summary>
/// Reads from a socket as long as it is open: for the web server what the client sends, and for an owner after it that the client has gone.
/// It is all that waits for a quiet connection, so it holds no buffer, and nothing of the web server once the socket was handed over.
/// </summary>
internal sealed class SocketReader(Socket socket, PipeWriter input, CancellationTokenSource closed, ConnectionPlace place, TimeProvider time)
{
    /// <summary>
    /// How long the web server may leave unread what a client has sent, when it is as much as is read ahead. Nobody says so much behind a
    /// request that lasts, and the end of one who does cannot be seen.
    /// </summary>
    public static readonly TimeSpan MaxUnreadTime = TimeSpan.FromSeconds(15);

    private const int SmallestRead = 2048;

    // One that talks on and on to an event stream has taken it for something else, and is not to keep a thread busy.
    private const long MaxUnread = 1024 * 1024;

    // What clients say after their request for an event stream is of no interest, and may be overwritten by what others say.
    private static readonly byte[] Unread = new byte[4096];

    private readonly Lock gate = new();
    private PipeWriter? input = input;
    private CancellationTokenSource? closed = closed;
    private ISocketOwner? owner;
    private bool ended;
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
            // Whatever it was, nothing more can be read.
            failure = broken;
        }

        await EndAsync(failure).ConfigureAwait(false);
    }

    /// <summary>From now on it is an owner that is told of the end, and the web server is forgotten.</summary>
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
            // The web server reads no more. The end is still of interest.
            lock (gate)
            {
                input = null;
            }
        }

        return !flush.IsCanceled;
    }

    // The kernel holds what comes meanwhile.
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
            await pipe.CompleteAsync(Reason(failure)).ConfigureAwait(false);
        }

        await (toCancel?.CancelAsync() ?? Task.CompletedTask).ConfigureAwait(false);
    }

    // In the web server's own words, so that it takes a client's end for no failure of ours.
    private static Exception? Reason(Exception? failure) => failure switch
    {
        null => null,
        SocketException { SocketErrorCode: not SocketError.OperationAborted } => new ConnectionResetException(failure.Message, failure),
        _ => new ConnectionAbortedException(failure.Message, failure),
    };
}
