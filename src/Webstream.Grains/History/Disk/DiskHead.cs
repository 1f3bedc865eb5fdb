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
/// <param name="End">The sequence of the end mark; 0 when the stream is not closed.</param>
/// <param name="Rank"><see cref="HistoryRange.Life"/>: it tells the epochs of the stream apart by their order.</param>
internal sealed record DiskHead(
    long Life, ulong Epoch, long Head, long HeadAt, long Oldest, long OldestAt, long Bytes, long OldestBytes, Guid Batch, long End, long Rank)
{
    // What a row takes in the file besides its text: its numbers, its place in the index of keys, pages that are not full.
    private const int RowWeight = 150;

    /// <summary>The stream's own settings. They stand in a row of their own.</summary>
    public StreamSettings Settings { get; init; } = StreamSettings.None;

    /// <summary>The key that began the stream; none: no key did. It stands in a row of its own.</summary>
    public Founder? Founder { get; init; }

    /// <summary>What the stream counts for that key.</summary>
    public Counted Counted => Counted.Of(Founder, RetainedMessages, RetainedBytes);

    /// <summary>With neither messages nor settings, a stream has no place.</summary>
    public bool HasPlace => Head > 0 || !Settings.IsNone;

    public long RetainedMessages => Head - Oldest + 1;

    public long RetainedBytes => Bytes - OldestBytes;

    /// <summary>What the retained messages and their keys take in the file, as estimated, in bytes.</summary>
    public long Weight => RetainedBytes + (RowWeight * RetainedMessages);

    /// <summary>What the history holds at a time: when its newest message is too old, all are, also before they are trimmed.</summary>
    public HistoryRange At(DateTimeOffset now, TimeSpan retention)
    {
        DateTimeOffset? headAt = Head > 0 ? Time(HeadAt) : null;
        return HeadAt < (now - retention).UtcTicks || OldestAt == 0
            ? new(Epoch, Head, Head + 1, headAt, null, End, Rank)
            : new(Epoch, Head, Oldest, headAt, Time(OldestAt), End, Rank);
    }

    /// <summary>A stream without messages.</summary>
    /// <param name="life">The number of its life.</param>
    /// <param name="epoch">Its epoch; 0: it begins with the first message.</param>
    /// <param name="rank"><see cref="Rank"/>.</param>
    /// <param name="settings">Its own settings.</param>
    public static DiskHead Empty(long life, ulong epoch, long rank, StreamSettings settings) =>
        new(life, epoch, 0, 0, 1, 0, 0, 0, default, 0, rank) { Settings = settings };

    /// <summary>The same history in a new epoch. A batch that is sent again belongs to the epoch before.</summary>
    public DiskHead InNewEpoch(DateTimeOffset now) =>
        Epoch == 0 ? this : this with
        {
            Epoch = EventId.NewEpoch(),
            // A move into it that was cut off can be done again.
            Batch = DiskMove.IsUnfinished(this) ? Batch : default,
            Rank = HistoryLives.After(Rank, now),
        };

    public static DateTimeOffset Time(long ticks) => new(ticks, TimeSpan.Zero);
}
