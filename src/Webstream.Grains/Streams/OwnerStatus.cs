using Webstream.Grains.History;
using Webstream.Grains.Presence;

namespace Webstream.Grains.Streams;

/// <summary>What an owner tells about its stream: to pushers, to gateways, and to the directory. Used by one thread at a time.</summary>
/// <param name="state">The stream's state.</param>
/// <param name="log">Its history.</param>
/// <param name="presence">Its listeners.</param>
/// <param name="settledAt">From when on every gateway has reported its listeners to this activation.</param>
/// <param name="time">The clock.</param>
/// <param name="stamps">The clock with which messages are stamped.</param>
internal sealed class OwnerStatus(
    StreamState state, IStreamHistory log, PresenceLeases presence, DateTimeOffset settledAt, TimeProvider time, TimeProvider stamps)
{
    /// <summary>Tells this activation from the stream's other ones.</summary>
    public Guid Activation { get; } = Guid.NewGuid();

    /// <summary>The epoch of the history that gave way to a new stream; 0 when none is known.</summary>
    public ulong Forgotten { get; set; }

    /// <summary>The epoch of the history that was deleted; 0 when none is known.</summary>
    public ulong Deleted { get; set; }

    /// <summary>The stream as it is now.</summary>
    public StreamStatus Now()
    {
        var range = log.Range;
        return new()
        {
            Epoch = state.Epoch,
            Head = state.Head,
            // The history may be ahead of the state by the batch in flight: uncommitted messages are not reported.
            // The history may also have ended; then nothing of this epoch is retained.
            Oldest = range.Epoch == state.Epoch ? Math.Min(range.Oldest, state.Head + 1) : state.Head + 1,
            Clients = presence.Clients,
            Gateways = presence.Gateways,
            Foreign = presence.Foreign,
            Activation = Activation,
            Settled = time.GetUtcNow() >= settledAt,
            LastMessageAt = range.HeadAt,
            OldestMessageAt = range.OldestAt,
            Forgotten = Forgotten,
            End = state.End,
            Life = state.Life,
            Deleted = Deleted,
            AnsweredAt = stamps.GetUtcNow(),
        };
    }
}
