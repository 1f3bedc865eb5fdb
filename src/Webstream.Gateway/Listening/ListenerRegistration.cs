using System.Buffers;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Hubs;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Listening;

/// <summary>
/// A listener's part in everything that counts it, from its request to the end of its connection, whoever writes to it meanwhile.
/// </summary>
internal sealed class ListenerRegistration : IListenerConnection
{
    private readonly ListeningServices services;
    private readonly IDisposable use;
    private readonly HubLease lease;
    private CancellationTokenRegistration whenDraining;
    private bool counted;

    /// <summary>Registers a listener that has a place.</summary>
    public ListenerRegistration(ListeningServices services, StreamName stream)
    {
        this.services = services;
        Draining = services.Drain.Join();
        services.Metrics.Connected();
        use = services.Idle.Hold();
        lease = services.Hubs.Take(stream);
    }

    /// <summary>The stream on this gateway.</summary>
    public StreamHub Hub => lease.Hub;

    /// <summary>The gateway shuts down, and this listener's turn has come.</summary>
    public CancellationToken Draining { get; }

    /// <summary>Counts it: see <see cref="StreamHub.AddClientAsync"/>.</summary>
    public Task<StreamStatus> CountAsync(CancellationToken cancellationToken)
    {
        counted = true;
        return Hub.AddClientAsync(cancellationToken);
    }

    public void Began(Listener listener) =>
        whenDraining = Draining.UnsafeRegister(static l => ((Listener)l!).End(ListenerEnd.Draining), listener);

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
        if (counted)
        {
            Hub.RemoveClient();
        }

        lease.Dispose();
        use.Dispose();
        services.Metrics.Ended(reason);
        services.Places.GiveBack();
    }
}
