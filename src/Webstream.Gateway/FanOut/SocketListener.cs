using System.Net.Sockets;
using Webstream.Gateway.Transport;

namespace Webstream.Gateway.FanOut;

/// <summary>
/// A listener whose socket the web server has handed over. A range of the frame buffer goes to the kernel without a copy, and none of the web
/// server's own objects for the connection are left.
/// </summary>
/// <param name="group">The group that it joins: a frame buffer, which must be <see cref="Framing.Chunked"/>, and the shard that writes.</param>
/// <param name="cursor">Where it begins to read.</param>
/// <param name="registration">Is told when the listener begins and when it ends.</param>
internal sealed class SocketListener(FanOutGroup group, FrameCursor cursor, IListenerRegistration registration)
    : Listener(group, cursor), ISocketOwner
{
    // Small, so that a client that is slow but reads can be seen to make progress.
    private const int MaxPerWait = 16 * 1024;

    private Socket? socket;
    private IDisposable? place;

    public override int StalledWeight => Options.SendBufferBytes;

    /// <summary>Takes the socket: the connection is the listener's from now on.</summary>
    public void Take(Socket taken, IDisposable place)
    {
        (socket, this.place) = (taken, place);
        // Called before anything that could end the listener. If it came after the end, what it begins would never be undone.
        registration.Began(this);
        try
        {
            // A write that the kernel cannot take comes back at once.
            taken.Blocking = false;
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            End(ListenerEnd.Gone);
        }

        Start();
    }

    /// <summary>The client has closed the connection.</summary>
    public void RemoteClosed() => End(ListenerEnd.Gone);

    protected override Outcome Write(ref FrameCursor cursor, int most, out int written)
    {
        written = 0;
        while (written < most && cursor.Next(most - written) is { IsEmpty: false } bytes)
        {
            var sent = socket!.Send(bytes.Span, SocketFlags.None, out var error);
            cursor.Advance(sent);
            written += sent;
            if (error == SocketError.WouldBlock)
            {
                var rest = bytes[sent..];
                _ = SendWhenItCanAsync(rest[..Math.Min(rest.Length, MaxPerWait)]);
                return Outcome.Partial;
            }

            if (error != SocketError.Success)
            {
                return Outcome.Gone;
            }
        }

        return Outcome.Taken;
    }

    // A reset, so that nothing is kept for a client that takes nothing.
    protected override void Abort() => socket!.Close(timeout: 0);

    protected override void Ended(ListenerEnd reason)
    {
        try
        {
            if (reason is (ListenerEnd.Draining or ListenerEnd.Denied) && EndedBetweenFrames)
            {
                socket!.Send(registration.Farewell(reason), SocketFlags.None, out _);
            }
            else if (reason == ListenerEnd.Ended)
            {
                socket!.Send(Chunk.Last, SocketFlags.None, out _);
            }

            if (reason != ListenerEnd.TooSlow)
            {
                // A shutdown before the socket is disposed ends the stream in order for the client, instead of breaking it.
                socket!.Shutdown(SocketShutdown.Both);
            }
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException or OutOfMemoryException)
        {
            // The client closed first, or there is no memory for a farewell.
        }

        socket!.Dispose();
        place!.Dispose();
        registration.Ended(reason);
    }

    private async Task SendWhenItCanAsync(ReadOnlyMemory<byte> bytes)
    {
        var sent = 0;
        var isGone = false;
        try
        {
            sent = await socket!.SendAsync(bytes, SocketFlags.None).ConfigureAwait(false);
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            isGone = true;
        }

        Written(sent, isGone);
    }
}

/// <summary>How a <see cref="SocketListener"/> is counted in the rest of the gateway.</summary>
internal interface IListenerRegistration
{
    /// <summary>The listener follows.</summary>
    void Began(Listener listener);

    /// <summary>
    /// The last bytes for a client that shall go to another gateway, or may not listen any more, including the end of the response's body.
    /// </summary>
    ReadOnlySpan<byte> Farewell(ListenerEnd reason);

    /// <summary>The connection is closed.</summary>
    void Ended(ListenerEnd reason);
}
