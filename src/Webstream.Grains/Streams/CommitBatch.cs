using Webstream.Grains.History;
using Webstream.Protocol;

namespace Webstream.Grains.Streams;

/// <summary>Pushes that go to the history together, or the end mark.</summary>
/// <param name="History">What the history gets.</param>
/// <param name="Pushes">The pushes in it.</param>
/// <param name="Close">The close that waits for the end mark.</param>
internal sealed record CommitBatch(HistoryBatch History, IReadOnlyList<PendingPush> Pushes, PendingChange? Close = null)
{
    /// <summary>Everything that waits for it.</summary>
    public IEnumerable<QueueEntry> Entries => Close is null ? Pushes : [.. Pushes, Close];

    /// <summary>Numbers pushes. Each learns its numbers.</summary>
    /// <param name="stream">Their stream.</param>
    /// <param name="pushes">The pushes, at least one.</param>
    /// <param name="begun">The epoch, and its life.</param>
    /// <param name="first">The first sequence.</param>
    /// <param name="timestamp">When the stream accepts them.</param>
    public static CommitBatch Of(StreamName stream, List<PendingPush> pushes, (ulong Epoch, long Life) begun, long first, DateTimeOffset timestamp)
    {
        var next = first;
        var messages = new List<StreamMessage>();
        var records = new List<KeyRecord>(pushes.Count);
        foreach (var push in pushes)
        {
            (push.Record, push.Epoch) = (new(push.Command.Key, push.Fingerprint, next, push.Command.Items.Length, timestamp), begun.Epoch);
            records.Add(push.Record);
            foreach (var item in push.Command.Items)
            {
                messages.Add(item.Numbered(new(begun.Epoch, next++), stream, timestamp));
            }
        }

        IReadOnlyList<CallerQuota?> pushers = pushes.Exists(push => push.Command.Quota is not null) ? [.. pushes.Select(push => push.Command.Quota)] : [];
        return new(new(Guid.NewGuid(), begun.Epoch, messages, records, begun.Life) { Pushers = pushers }, pushes);
    }

    /// <summary>Numbers the end mark. The close learns its id.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="close">Who waits for it.</param>
    /// <param name="begun">The epoch, and its life.</param>
    /// <param name="sequence">Its sequence.</param>
    /// <param name="timestamp">When the stream is closed.</param>
    public static CommitBatch Ending(StreamName stream, PendingChange close, (ulong Epoch, long Life) begun, long sequence, DateTimeOffset timestamp)
    {
        var id = new EventId(begun.Epoch, sequence);
        return new(new(Guid.NewGuid(), id.Epoch, [StreamMessage.EndOf(stream, id, timestamp)], [], begun.Life), [], close.Becomes(id, timestamp));
    }
}
