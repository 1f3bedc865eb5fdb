using System.Globalization;
using StackExchange.Redis;

namespace Webstream.Grains.History.Redis;

/// <summary>The fields of a stream's hash: enough to know the range of its history without reading the history.</summary>
/// <param name="Epoch">The epoch as it is written; none when the stream has no history.</param>
/// <param name="Head">The newest sequence.</param>
/// <param name="HeadAt">When it was pushed, in microseconds.</param>
/// <param name="Gone">The epoch that ended when the stream gave way; 0 when it did not.</param>
/// <param name="Bytes">The length of all its messages together, from the first on.</param>
/// <param name="Weight">What they took in Redis, as estimated; at least <paramref name="Bytes"/>.</param>
/// <param name="Oldest">The oldest retained sequence; none where an older version of this product wrote last.</param>
/// <param name="OldestAt">When that one was pushed, in microseconds; none when nothing is retained.</param>
/// <param name="OldestBytes">The bytes of everything before it.</param>
/// <param name="OldestWeight">The weight of everything before it.</param>
/// <param name="Life"><see cref="HistoryRange.Life"/>; 0 where an older version of this product began the epoch.</param>
/// <param name="End">The sequence of the end mark; 0 when the stream is not closed.</param>
/// <param name="Deleted">The epoch that ended when the stream was deleted; 0 when it was not.</param>
/// <param name="Keep">How long a message is retained, in milliseconds; none where an older version wrote last.</param>
/// <param name="IsMoved"><see cref="IStreamHistory.IsMoved"/>.</param>
/// <param name="Founder">The key that began the stream; none: no key did, or an older version of this product began it.</param>
internal sealed record StreamMeta(
    string? Epoch, long Head, long HeadAt, ulong Gone, long Bytes, long Weight, long? Oldest, long? OldestAt, long OldestBytes, long OldestWeight,
    long Life = 0, long End = 0, ulong Deleted = 0, long? Keep = null, bool IsMoved = false, Founder? Founder = null)
{
    /// <summary>The fields, in the order in which <see cref="Of(RedisValue[])"/> reads them.</summary>
    public static readonly RedisValue[] Fields =
        [
            "epoch", "head", "time", "gone", "bytes", "weight", "oldest", "oldestTime", "oldestBytes", "oldestWeight", "life", "end", "deleted", "goneBefore",
            "keep", "moved", "founder", "founderBytes",
        ];

    // The numbers in Redis' scripts are exact up to this one.
    private const long LargestHead = 1L << 53;
    private const long NoNumber = long.MinValue;

    /// <summary>A stream of which nothing is known.</summary>
    public static StreamMeta None { get; } = new(null, 0, 0, 0, 0, 0, null, null, 0, 0);

    /// <summary>What the retained messages and their keys take in Redis, as estimated.</summary>
    public long RetainedWeight => Math.Max(0, Weight - OldestWeight);

    /// <summary>The length of the retained messages together.</summary>
    public long RetainedBytes => Math.Max(0, Bytes - OldestBytes);

    /// <summary>How many messages are retained; those that an older version wrote beyond its knowledge are counted too.</summary>
    public long RetainedMessages => Head - (Oldest ?? 1) + 1;

    /// <summary>Whether the epoch and the head are as this product writes them. If not, somebody else wrote them.</summary>
    public bool IsReadable => Epoch is null || (RedisEntries.Epoch(Epoch) != 0 && Head is >= 0 and <= LargestHead && Bytes != NoNumber && Weight != NoNumber);

    /// <summary>What the history holds.</summary>
    public HistoryRange Range => Epoch is null || !IsReadable
        ? HistoryRange.Empty with { Life = Life }
        : new(
            RedisEntries.Epoch(Epoch),
            Head,
            Oldest ?? Head + 1,
            Head > 0 ? RedisEntries.Time(HeadAt) : null,
            OldestAt is { } at ? RedisEntries.Time(at) : null,
            End,
            Life);

    /// <summary>Reads the fields of the hash.</summary>
    public static StreamMeta Of(RedisValue[] fields) => new(
        fields[0],
        Written(fields[1]),
        Number(fields[2]) ?? 0,
        // A stream that is closed or was moved away names its own epoch there, for older versions: they refuse to append to it then.
        RedisEntries.Epoch(fields[3] == fields[0] ? fields[13] : fields[3]),
        Written(fields[4]),
        Written(fields[5]) is NoNumber ? NoNumber : Math.Max(Written(fields[5]), Written(fields[4])),
        Number(fields[6]),
        Number(fields[7]),
        Number(fields[8]) ?? 0,
        Number(fields[9]) ?? 0,
        Number(fields[10]) ?? 0,
        Number(fields[11]) ?? 0,
        RedisEntries.Epoch(fields[12]),
        Number(fields[14]),
        !fields[0].IsNull && fields[15] == fields[0],
        fields[16].IsNullOrEmpty ? null : new(fields[16]!, Number(fields[17])));

    /// <summary>Reads them from the answer of a script.</summary>
    public static StreamMeta Of(RedisResult fields) => Of(Array.ConvertAll((RedisResult[])fields!, field => (RedisValue)field));

    /// <summary>
    /// The fields at a time, where a message is retained for so long unless the hash says otherwise. When every message is too old, Redis lets the
    /// history expire, and nobody updates the hash.
    /// </summary>
    public StreamMeta At(DateTimeOffset now, TimeSpan retention)
    {
        var kept = Keep is { } keep ? TimeSpan.FromMilliseconds(keep) : retention;
        return Epoch is null || RedisEntries.Time(HeadAt) + kept >= now
            ? this
            : this with { Oldest = Head + 1, OldestAt = null, OldestBytes = Bytes, OldestWeight = Weight };
    }

    /// <summary>Parses a number as it is written; none when there is none.</summary>
    public static long? Number(RedisValue value) =>
        long.TryParse(value.ToString(), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : null;

    // A field that is there, and is no number, is not this product's.
    private static long Written(RedisValue value) => value.IsNull ? 0 : Number(value) ?? NoNumber;
}
