using System.Buffers;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Memory;
using Webstream.Gateway.Streams;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Listening;

/// <summary>
/// Counts a listener everywhere it has to be counted, from its request to the end of its connection, whoever writes to it meanwhile.
/// </summary>
internal sealed class ListenerRegistration : IListenerRegistration
{
    private readonly Lock gate = new();
    private readonly Listeners listeners;
    private readonly MemoryCharge held;
    private readonly MemoryCharge replay;
    private readonly IDisposable place;
    private readonly IDisposable use;
    private readonly bool isHandedOver;
    private readonly bool isForeign;
    private readonly CancellationToken draining;
    // Only until it follows: each one kept would be a tenth of what a listener weighs.
    private CancellationTokenSource? denial;
    private Listener? follower;
    private CancellationTokenRegistration whenEnding;
    private IDisposable? watch;
    private volatile WebstreamException? denied;
    private volatile bool waitsForRoom = true;
    private StreamLease? lease;
    private bool ended;

    /// <summary>Only <see cref="Listeners"/> registers listeners, once they have a place.</summary>
    /// <param name="listeners">Counts it.</param>
    /// <param name="held">What it is charged as long as the web server has it.</param>
    /// <param name="replay">What it is charged while it is sent history.</param>
    /// <param name="place">Its place among the listeners.</param>
    /// <param name="use">Its use of the gateway, which keeps the gateway from being idle.</param>
    /// <param name="isHandedOver">The web server hands its socket over once it follows.</param>
    /// <param name="isForeign">It is a page of unknown origin.</param>
    /// <param name="draining">The gateway shuts down, and this listener's turn has come.</param>
    public ListenerRegistration(
        Listeners listeners, MemoryCharge held, MemoryCharge replay, IDisposable place, IDisposable use, bool isHandedOver, bool isForeign,
        CancellationToken draining)
    {
        (this.listeners, this.held, this.replay, this.place, this.use, this.isHandedOver, this.isForeign) =
            (listeners, held, replay, place, use, isHandedOver, isForeign);
        this.draining = draining;
        denial = CancellationTokenSource.CreateLinkedTokenSource(draining);
        Ending = denial.Token;
    }

    /// <summary>The stream on this gateway. Available once the listener has joined.</summary>
    public GatewayStream Stream => (lease ?? throw new InvalidOperationException("The listener has not joined its stream.")).Stream;

    /// <summary>The listener waits for memory: for itself, or for its stream.</summary>
    public bool WaitsForRoom => waitsForRoom;

    /// <summary>The listener shall end: the gateway shuts down and its turn has come, or it may not listen any more.</summary>
    public CancellationToken Ending { get; private set; }

    /// <summary>Why it shall end, once it shall.</summary>
    public ListenerEnd EndReason => denied is null ? ListenerEnd.Draining : ListenerEnd.Denied;

    /// <summary>Why it may not listen, or not any more; none: it may.</summary>
    public WebstreamException? Refusal => denied;

    /// <summary>Ends the listener, because it may not listen, or not any more.</summary>
    /// <param name="refusal">What it is told.</param>
    public void Deny(WebstreamException refusal)
    {
        denied = refusal;
        Listener? follows;
        CancellationTokenSource? waits;
        lock (gate)
        {
            (follows, waits) = (follower, denial);
        }

        follows?.End(ListenerEnd.Denied);
        try
        {
            waits?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended.
        }
    }

    /// <summary>Joins the stream as soon as there is memory, and counts the listener: see <see cref="GatewayStream.AddListenerAsync"/>.</summary>
    /// <param name="permitted">Returns what it may have, as soon as that is known. Asked again after it has waited for its stream.</param>
    /// <param name="weight">What it weighs besides its connection as long as the web server has it, in bytes.</param>
    /// <param name="cancellationToken">The client has gone.</param>
    /// <returns>Where the stream stands; none, at once, when there is no memory and too many wait for it.</returns>
    /// <exception cref="ListenDeniedException">It may not listen.</exception>
    public async Task<StreamStatus?> JoinAsync(Func<ValueTask<ListenRequest>> permitted, long weight, CancellationToken cancellationToken)
    {
        if (!await held.HoldInTurnAsync(weight, cancellationToken))
        {
            return null;
        }

        waitsForRoom = false;
        var request = await permitted();
        waitsForRoom = true;
        var taken = await listeners.TakeAsync(request.Stream, cancellationToken);
        waitsForRoom = false;
        lock (gate)
        {
            if (ended)
            {
                taken.Dispose();
                throw new OperationCanceledException();
            }

            lease = taken;
            watch = request.Holder is null ? null : listeners.Watch(request.Holder, request.Stream, Deny);
        }

        var status = await taken.Stream.AddListenerAsync(isForeign, cancellationToken);
        await permitted();
        return status;
    }

    /// <summary>Waits until the listener may be sent history. The permission lasts until it follows.</summary>
    /// <param name="weight">What it weighs meanwhile, in bytes.</param>
    /// <param name="cancellationToken">The client has gone.</param>
    public Task ReplayInTurnAsync(long weight, CancellationToken cancellationToken) =>
        replay.Held > 0 ? Task.CompletedTask : replay.HoldInTurnAsync(weight, cancellationToken).AsTask();

    /// <summary>Gives its turn to the next listener while it waits for something other than its client. To go on, it waits for a new turn.</summary>
    public void LeaveReplay() => replay.TryHold(0);

    public void Began(Listener listener)
    {
        replay.Dispose();
        if (isHandedOver)
        {
            held.Dispose();
            listeners.HandedOver();
        }

        CancellationTokenSource? waits;
        lock (gate)
        {
            (follower, waits, denial) = (listener, denial, null);
        }

        Ending = draining;
        waits?.Dispose();
        whenEnding = draining.UnsafeRegister(End, listener);
        if (denied is not null)
        {
            End(listener);
        }
    }

    /// <summary>The last block for the client: when to come back elsewhere, or why it may not listen any more.</summary>
    public byte[] Farewell(ListenerEnd reason)
    {
        if (reason != ListenerEnd.Denied)
        {
            return listeners.Farewell();
        }

        var bytes = new ArrayBufferWriter<byte>();
        SseFrame.WriteDenied(bytes, denied?.Message ?? "");
        return bytes.WrittenSpan.ToArray();
    }

    ReadOnlySpan<byte> IListenerRegistration.Farewell(ListenerEnd reason)
    {
        var bytes = new ArrayBufferWriter<byte>();
        Chunk.Write(bytes, Farewell(reason));
        bytes.Write(Chunk.Last);
        return bytes.WrittenSpan;
    }

    public void Ended(ListenerEnd reason)
    {
        whenEnding.Unregister();
        lock (gate)
        {
            ended = true;
        }

        watch?.Dispose();
        // Ends a wait for permission too.
        denial?.Cancel();
        denial?.Dispose();

        if (lease is not null)
        {
            lease.Stream.RemoveListener(isForeign);
            lease.Dispose();
        }

        replay.Dispose();
        held.Dispose();
        use.Dispose();
        listeners.Ended(reason);
        place.Dispose();
    }

    private void End(object? listener) => ((Listener)listener!).End(EndReason);
}
