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
internal sealed class ListenerRegistration : IListenerConnection
{
    private readonly Lock gate = new();
    private readonly ListeningServices services;
    private readonly StreamName stream;
    private readonly IDisposable use;
    private readonly long weight;
    private readonly bool isHandedOver;
    private readonly MemoryCharge held;
    private readonly MemoryCharge replay;
    private CancellationTokenRegistration whenDraining;
    private StreamLease? lease;
    private bool ended;

    /// <summary>Registers a listener that has a place.</summary>
    /// <param name="services">The services that count it.</param>
    /// <param name="stream">The stream that it listens to.</param>
    /// <param name="caller">The address that it is counted for.</param>
    /// <param name="weight">What it weighs besides its connection as long as the web server has it, in bytes.</param>
    /// <param name="isHandedOver">The web server hands its socket over once it follows.</param>
    public ListenerRegistration(ListeningServices services, StreamName stream, CallerAddress caller, long weight, bool isHandedOver)
    {
        (this.services, this.stream, this.weight, this.isHandedOver) = (services, stream, weight, isHandedOver);
        held = services.Memory.Held.ChargeFor(caller);
        replay = services.Memory.Replays.ChargeFor(caller);
        Draining = services.Drain.Join();
        services.Metrics.Connected();
        use = services.Idle.Hold();
    }

    /// <summary>The stream on this gateway. Available once the listener has joined.</summary>
    public GatewayStream Stream => (lease ?? throw new InvalidOperationException("The listener has not joined its stream.")).Stream;

    /// <summary>The listener has its stream; until then it waits for memory.</summary>
    public bool HasRoom => lease is not null;

    /// <summary>The gateway shuts down, and this listener's turn has come.</summary>
    public CancellationToken Draining { get; }

    /// <summary>Joins the stream as soon as there is memory, and counts the listener: see <see cref="GatewayStream.AddListenerAsync"/>.</summary>
    /// <returns>Where the stream stands; none, at once, when there is no memory and too many wait for it.</returns>
    public async Task<StreamStatus?> JoinAsync(CancellationToken cancellationToken)
    {
        if (!await held.HoldInTurnAsync(weight, cancellationToken))
        {
            return null;
        }

        var taken = await services.Streams.TakeAsync(stream, cancellationToken);
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
    public Task ReplayInTurnAsync(CancellationToken cancellationToken) =>
        replay.Held > 0 ? Task.CompletedTask : replay.HoldInTurnAsync(services.Options.Value.ReplayWeight, cancellationToken).AsTask();

    /// <summary>Gives its turn to the next listener while it waits for something other than its client. To go on, it waits for a new turn.</summary>
    public void LeaveReplay() => replay.TryHold(0);

    public void Began(Listener listener)
    {
        replay.Dispose();
        if (isHandedOver)
        {
            held.Dispose();
        }

        whenDraining = Draining.UnsafeRegister(static l => ((Listener)l!).End(ListenerEnd.Draining), listener);
    }

    public ReadOnlySpan<byte> Farewell()
    {
        var bytes = new ArrayBufferWriter<byte>();
        Chunk.Write(bytes, services.Drain.Farewell());
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
        services.Metrics.Ended(reason);
        services.Places.GiveBack();
    }
}
