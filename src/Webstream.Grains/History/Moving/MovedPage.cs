using System.Globalization;
using Webstream.Protocol;

namespace Webstream.Grains.History.Moving;

/// <summary>A part of a stream on its way from one store to another.</summary>
/// <param name="Epoch">The stream's epoch; 0 when the stream has no history.</param>
/// <param name="Head">The newest sequence.</param>
/// <param name="Oldest">The oldest retained sequence; one more than <paramref name="Head"/> when nothing is retained.</param>
/// <param name="HeadAt">When the newest message was pushed.</param>
/// <param name="Messages">Consecutive messages.</param>
/// <param name="Keys">The keys whose last message is among them.</param>
/// <param name="Settings">The stream's own settings; none: it has none, or they do not belong to the page.</param>
/// <param name="Life">The epoch's <see cref="HistoryRange.Life"/>, at least 1.</param>
/// <param name="Closed">The head is the end mark of a closed stream.</param>
/// <param name="Founder">The name of the key that began the stream; none: no key did.</param>
[GenerateSerializer, Alias("webstream.MovedPage"), Immutable]
public sealed record MovedPage(
    [property: Id(0)] ulong Epoch,
    [property: Id(1)] long Head,
    [property: Id(2)] long Oldest,
    [property: Id(3)] DateTimeOffset HeadAt,
    [property: Id(4)] StreamMessage[] Messages,
    [property: Id(5)] MovedKey[] Keys,
    [property: Id(6)] StreamSettings? Settings = null,
    [property: Id(7)] long Life = 1,
    [property: Id(8)] bool Closed = false,
    [property: Id(9)] string? Founder = null);

/// <summary>An idempotency key on its way.</summary>
/// <param name="Key">The key.</param>
/// <param name="Fingerprint">Tells whether the same key comes with the same content: in hexadecimal.</param>
/// <param name="Last">The sequence of the last message that was pushed with it.</param>
/// <param name="Count">How many were.</param>
/// <param name="At">When the stream accepted them.</param>
[GenerateSerializer, Alias("webstream.MovedKey"), Immutable]
public sealed record MovedKey(
    [property: Id(0)] string Key, [property: Id(1)] string Fingerprint, [property: Id(2)] long Last, [property: Id(3)] int Count, [property: Id(4)] DateTimeOffset At)
{
    /// <summary>The key of a record.</summary>
    public static MovedKey From(KeyRecord record) => new(
        record.Key, record.Fingerprint.ToString("x", CultureInfo.InvariantCulture), record.Last, record.Count, record.Timestamp);

    /// <summary>The record of the key.</summary>
    /// <exception cref="FormatException">The fingerprint is none.</exception>
    public KeyRecord ToRecord() => new(
        Key, UInt128.Parse(Fingerprint, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), Last - Count + 1, Count, At);
}

/// <summary>How a step of a move went.</summary>
[GenerateSerializer, Alias("webstream.MoveResult")]
public enum MoveResult
{
    /// <summary>It is done.</summary>
    Done = 0,

    /// <summary>The stream has messages that do not belong to the move: somebody pushes to it, or it had a history before.</summary>
    NotEmpty = 1,

    /// <summary>There is no room for another stream.</summary>
    Full = 2,

    /// <summary>
    /// The stream has had a later life here, in which the next numbers of this epoch may have been given out: begin with a new epoch.
    /// </summary>
    Older = 3,
}
