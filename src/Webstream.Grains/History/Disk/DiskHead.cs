using Webstream.Protocol;

namespace Webstream.Grains.History.Disk;

/// <summary>What is known of a stream's history without reading it: its row in the file, in memory for as long as the file is open.</summary>
/// <param name="Life">The number of this life of the stream. No other life of any stream has it, so rows of one are never taken for rows of another.</param>
/// <param name="Epoch">The epoch.</param>
/// <param name="Head">The newest sequence.</param>
/// <param name="HeadAt">When it was pushed, in UTC ticks.</param>
/// <param name="Oldest">The oldest retained sequence; <paramref name="Head"/> + 1 when nothing is retained.</param>
/// <param name="OldestAt">When it was pushed, in UTC ticks; 0 when nothing is retained.</param>
/// <param name="Bytes">The size of all its messages together, from the first on.</param>
/// <param name="OldestBytes">The size of those before the oldest retained one.</param>
/// <param name="Batch">The batch that was appended last.</param>
internal sealed record DiskHead(
    long Life, ulong Epoch, long Head, long HeadAt, long Oldest, long OldestAt, long Bytes, long OldestBytes, Guid Batch)
{
    // What a row takes in the file besides its text: its numbers, its place in the index of keys, pages that are not full.
    private const int RowWeight = 150;

    public long RetainedMessages => Head - Oldest + 1;

    public long RetainedBytes => Bytes - OldestBytes;

    /// <summary>What the retained messages and their keys take in the file, as estimated, in bytes.</summary>
    public long Weight => RetainedBytes + (RowWeight * RetainedMessages);

    /// <summary>What the history holds at a time: when its newest message is too old, all are, also before they are trimmed.</summary>
    public HistoryRange At(DateTimeOffset now, TimeSpan retention) => HeadAt < (now - retention).UtcTicks || OldestAt == 0
        ? new(Epoch, Head, Head + 1, Time(HeadAt), null)
        : new(Epoch, Head, Oldest, Time(HeadAt), Time(OldestAt));

    /// <summary>The same history in a new epoch. A batch that is sent again belongs to the epoch before.</summary>
    public DiskHead InNewEpoch() => this with { Epoch = EventId.NewEpoch(), Batch = default };

    public static DateTimeOffset Time(long ticks) => new(ticks, TimeSpan.Zero);
}
