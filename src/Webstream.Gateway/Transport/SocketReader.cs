using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Webstream.Gateway.Transport;

/// <summary>
/// Reads from a socket as long as it is open: for the web server what the client sends, and for an owner after it that the client has gone.
/// It is all that waits for a quiet connection, so it holds no buffer, and nothing of the web server once the socket was handed over.
/// </summary>
internal sealed class SocketReader(Socket socket, PipeWriter input, CancellationTokenSource closed)
{
    private const int SmallestRead = 2048;

    // What clients say after their request for an event stream is of no interest, and may be overwritten by what others say.
    private static readonly byte[] Unread = new byte[4096];

    private readonly Lock gate = new();
    private PipeWriter? input = input;
    private CancellationTokenSource? closed = closed;
    private ISocketOwner? owner;
    private bool ended;

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
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
            failure = broken;
        }

        await EndAsync(failure).ConfigureAwait(false);
    }

    /// <summary>From now on it is an owner that is told of the end, and the web server is forgotten.</summary>
    public void PassOn(ISocketOwner next)
    {
        next.Take(socket);
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

    private bool Discard() => socket.Receive(Unread, SocketFlags.None, out var error) > 0 || error == SocketError.WouldBlock;

    private async ValueTask<bool> TakeAsync(PipeWriter pipe)
    {
        var count = await socket.ReceiveAsync(pipe.GetMemory(SmallestRead), SocketFlags.None).ConfigureAwait(false);
        if (count == 0)
        {
            return false;
        }

        pipe.Advance(count);
        if ((await pipe.FlushAsync().ConfigureAwait(false)) is { IsCompleted: false, IsCanceled: false })
        {
            return true;
        }

        // The web server reads no more. The end is still of interest.
        lock (gate)
        {
            input = null;
        }

        return true;
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
