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
    private readonly IDisposable use;
    private readonly bool isHandedOver;
    private CancellationTokenRegistration whenDraining;
    private StreamLease? lease;
    private bool ended;

    /// <summary>Only <see cref="Listeners"/> registers listeners, once they have a place.</summary>
    /// <param name="listeners">Counts it.</param>
    /// <param name="held">What it is charged as long as the web server has it.</param>
    /// <param name="replay">What it is charged while it is sent history.</param>
    /// <param name="use">Its use of the gateway, which keeps the gateway from being idle.</param>
    /// <param name="isHandedOver">The web server hands its socket over once it follows.</param>
    /// <param name="draining">The gateway shuts down, and this listener's turn has come.</param>
    public ListenerRegistration(
        Listeners listeners, MemoryCharge held, MemoryCharge replay, IDisposable use, bool isHandedOver, CancellationToken draining) =>
        (this.listeners, this.held, this.replay, this.use, this.isHandedOver, Draining) = (listeners, held, replay, use, isHandedOver, draining);

    /// <summary>The stream on this gateway. Available once the listener has joined.</summary>
    public GatewayStream Stream => (lease ?? throw new InvalidOperationException("The listener has not joined its stream.")).Stream;

    /// <summary>The listener has its stream; until then it waits for memory.</summary>
    public bool HasRoom => lease is not null;

    /// <summary>The gateway shuts down, and this listener's turn has come.</summary>
    public CancellationToken Draining { get; }

    /// <summary>Joins the stream as soon as there is memory, and counts the listener: see <see cref="GatewayStream.AddListenerAsync"/>.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="weight">What it weighs besides its connection as long as the web server has it, in bytes.</param>
    /// <param name="cancellationToken">The client has gone.</param>
    /// <returns>Where the stream stands; none, at once, when there is no memory and too many wait for it.</returns>
    public async Task<StreamStatus?> JoinAsync(StreamName stream, long weight, CancellationToken cancellationToken)
    {
        if (!await held.HoldInTurnAsync(weight, cancellationToken))
        {
            return null;
        }

        var taken = await listeners.TakeAsync(stream, cancellationToken);
        lock (gate)
        {
            if (ended)
            {
                taken.Dispose();
                throw new OperationCanceledException();
            }

            lease = taken;
        }

        return await taken.Stream.AddListenerAsync(cancellationToken);
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

        whenDraining = Draining.UnsafeRegister(static l => ((Listener)l!).End(ListenerEnd.Draining), listener);
    }

    /// <inheritdoc cref="DrainWaves.Farewell"/>
    public byte[] Farewell() => listeners.Farewell();

    ReadOnlySpan<byte> IListenerRegistration.Farewell()
    {
        var bytes = new ArrayBufferWriter<byte>();
        Chunk.Write(bytes, Farewell());
        bytes.Write(Chunk.Last);
        return bytes.WrittenSpan;
    }

    public void Ended(ListenerEnd reason)
    {
        whenDraining.Unregister();
        lock (gate)
        {
            ended = true;
        }

        if (lease is not null)
        {
            lease.Stream.RemoveListener();
            lease.Dispose();
        }

        replay.Dispose();
        held.Dispose();
        use.Dispose();
        listeners.Ended(reason);
    }
}
