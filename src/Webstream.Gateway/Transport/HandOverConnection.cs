using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Webstream.Gateway.Connections;

namespace Webstream.Gateway.Transport;

/// <summary>
/// A connection as the web server wants it: a pipe in and a pipe out. Unlike the web server's own connections, it can end for the web server
/// while its socket lives on with another owner.
/// </summary>
internal sealed class HandOverConnection
    : DefaultConnectionContext, IDuplexPipe, ISocketHandOver, IServedConnection, IMemoryPoolFeature, IConnectionSocketFeature
{
    private readonly Socket socket;
    private readonly ConnectionPlace place;
    private readonly Pipe input;
    private readonly Pipe output;
    private readonly CancellationTokenSource closed = new();
    private readonly SocketReader reader;
    private (ISocketOwner Owner, TimeSpan Within, CancellationToken Hurry)? handOver;
    private Task reading = Task.CompletedTask;
    private Task sending = Task.CompletedTask;

    public HandOverConnection(Socket socket, ConnectionPlace place, MemoryPool<byte> pool, TransportLimits limits, TimeProvider time)
    {
        (this.socket, this.place, MemoryPool) = (socket, place, new ConnectionBlocks(pool, place));
        // The request runs on another thread than the reader, which has to see the client's end meanwhile. Written bytes are sent on the
        // writer's thread.
        input = new(Options(PipeScheduler.ThreadPool, PipeScheduler.ThreadPool, limits.ReadAhead));
        output = new(Options(PipeScheduler.Inline, PipeScheduler.ThreadPool, limits.WriteAhead));
        reader = new(socket, input.Writer, closed, place, time);
        Transport = this;
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        ConnectionClosed = closed.Token;
        Features.Set<IMemoryPoolFeature>(this);
        Features.Set<IConnectionSocketFeature>(this);
        Features.Set(place);
        if (limits.HandOver)
        {
            Features.Set<ISocketHandOver>(this);
        }

        PipeOptions Options(PipeScheduler readers, PipeScheduler writers, long most) => new(
            MemoryPool, readers, writers, most, most / 2, useSynchronizationContext: false);
    }

    public MemoryPool<byte> MemoryPool { get; }

    Socket IConnectionSocketFeature.Socket => socket;

    PipeReader IDuplexPipe.Input => input.Reader;

    PipeWriter IDuplexPipe.Output => output.Writer;

    public void Start()
    {
        place.ServedBy(this);
        (reading, sending) = (reader.RunAsync(), SendAsync());
    }

    public void HandOverTo(ISocketOwner owner, TimeSpan within, CancellationToken hurry)
    {
        // The connection does not count as idle until the hand-over, however long the written bytes take to leave.
        place.RequestBegan();
        handOver = (owner, within, hurry);
    }

    public override void Abort(ConnectionAbortedException abortReason) => socket.Close(timeout: 0);

    public void Cut()
    {
        reader.Cut();
        Close();
        // The reader may be waiting for the web server, and would not see the end then.
        input.Writer.CancelPendingFlush();
    }

    /// <summary>The web server is done with the connection.</summary>
    public override async ValueTask DisposeAsync()
    {
        var isPassedOn = false;
        try
        {
            await input.Reader.CompleteAsync();
            await output.Writer.CompleteAsync();
            if (handOver is { } next)
            {
                await HandOverAsync(next.Owner, next.Within, next.Hurry);
                isPassedOn = true;
            }
            else
            {
                await sending;
            }
        }
        finally
        {
            if (!isPassedOn)
            {
                Close();
                // Also after a failure: a place that is not given back is lost for good.
                place.Dispose();
            }
        }

        if (!isPassedOn)
        {
            await reading;
            closed.Dispose();
        }

        await base.DisposeAsync();
    }

    private async Task HandOverAsync(ISocketOwner owner, TimeSpan within, CancellationToken hurry)
    {
        // The kernel must have all written bytes before the next owner writes.
        await sending.WaitAsync(within, hurry).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!sending.IsCompleted)
        {
            socket.Close(timeout: 0);
            await sending;
        }

        reader.PassOn(owner);
    }

    private async Task SendAsync()
    {
        try
        {
            while (true)
            {
                var read = await output.Reader.ReadAsync().ConfigureAwait(false);
                foreach (var part in read.Buffer)
                {
                    await socket.SendAsync(part, SocketFlags.None).ConfigureAwait(false);
                }

                output.Reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    break;
                }
            }
        }
        catch (Exception)
        {
            // Whatever the failure was, nothing more can be sent. The writer sees the end of the pipe, and the reader the end of the connection.
            Cut();
        }

        await output.Reader.CompleteAsync();
    }

    private void Close()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            // Then it is closed already.
        }

        socket.Dispose();
    }
}

/// <summary>How many bytes are queued between the web server and a socket before one waits for the other (back-pressure); 0: no limit.</summary>
/// <param name="ReadAhead">The bytes that a client has sent and the web server has not read.</param>
/// <param name="WriteAhead">The bytes that the web server has written and the client has not taken.</param>
/// <param name="HandOver">Whether sockets can be taken over.</param>
internal readonly record struct TransportLimits(long ReadAhead, long WriteAhead, bool HandOver);
