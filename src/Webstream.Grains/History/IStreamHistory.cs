using Webstream.Protocol;

namespace Webstream.Grains.History;

/// <summary>The histories of all streams: where the truth is.</summary>
public interface IStreamHistories
{
    /// <summary>True when the histories die with this silo, so that an owner must not be moved away from its own.</summary>
    bool DiesWithSilo { get; }

    /// <summary>The log of one stream; it need not exist yet, and asking for it leaves nothing behind.</summary>
    IStreamHistory LogOf(StreamName stream);

    /// <summary>Asks whether the log answers; one in this process always does.</summary>
    /// <exception cref="HistoryAwayException">It does not.</exception>
    Task CheckAsync() => Task.CompletedTask;

    /// <summary>Asks, by trying it, whether the log does all that it should; one in this process always does.</summary>
    /// <exception cref="HistoryAwayException">It does not answer.</exception>
    Task<HistoryHealth> AskHealthAsync() => Task.FromResult(HistoryHealth.Fine);

    /// <summary>Whether a stream has history. Asking leaves nothing behind, whatever the name.</summary>
    /// <exception cref="HistoryAwayException">The log does not answer.</exception>
    async ValueTask<bool> ExistsAsync(StreamName stream, CancellationToken cancellationToken) =>
        (await FindAsync(stream, cancellationToken)).Range.Epoch != 0;

    /// <summary>What is known of a stream without opening its log. Asking leaves nothing behind, whatever the name.</summary>
    /// <exception cref="HistoryAwayException">The log does not answer.</exception>
    ValueTask<FoundHistory> FindAsync(StreamName stream, CancellationToken cancellationToken);

    /// <summary>The streams that have history, ordered by name (ordinal).</summary>
    /// <param name="prefix">What their names begin with; empty for all.</param>
    /// <param name="after">Only names after this one; none from the beginning.</param>
    /// <param name="limit">The most to list.</param>
    /// <param name="cancellationToken">Ends the wait for the log.</param>
    /// <exception cref="HistoryAwayException">The log does not answer.</exception>
    ValueTask<IReadOnlyList<ListedHistory>> ListAsync(string prefix, string? after, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// The streams that may give way to new ones: those whose newest message is older than a time, the quietest first. Cheap when there is none:
    /// it is asked when a log is full, and then by everybody who brings a new name.
    /// </summary>
    /// <param name="quietSince">Only streams to which nothing was pushed since.</param>
    /// <param name="limit">The most to answer.</param>
    /// <param name="cancellationToken">Ends the wait for the log.</param>
    /// <exception cref="HistoryAwayException">The log does not answer.</exception>
    ValueTask<IReadOnlyList<ListedHistory>> QuietestAsync(DateTimeOffset quietSince, int limit, CancellationToken cancellationToken);
}

/// <summary>A stream that has history, in a list of them.</summary>
/// <param name="Stream">Its name.</param>
/// <param name="Range">What its log holds.</param>
public readonly record struct ListedHistory(StreamName Stream, HistoryRange Range);

/// <summary>What is known of a stream that was asked for by its name.</summary>
/// <param name="Range">What its log holds; <see cref="HistoryRange.Empty"/> when it has no history.</param>
/// <param name="Forgotten"><see cref="IStreamHistory.Forgotten"/>.</param>
public readonly record struct FoundHistory(HistoryRange Range, ulong Forgotten);

/// <summary>
/// The history of one stream, bounded by count, bytes and age. One writer at a time appends; anyone may read.
/// </summary>
public interface IStreamHistory
{
    /// <summary>What the log holds now.</summary>
    HistoryRange Range { get; }

    /// <summary>
    /// The epoch that <see cref="ForgetAsync"/> ended last; 0 when none is known. Of the last <see cref="ForgottenEpochs.Most"/> streams or
    /// so: those who come back much later hear that the history began anew, but not why. Known after <see cref="OpenAsync"/>.
    /// </summary>
    ulong Forgotten { get; }

    /// <summary>
    /// The keys, where the log has them in this process anyway; none where the owner keeps those that <see cref="OpenAsync"/> gives it.
    /// </summary>
    IIdempotencyKeys? Keys => null;

    /// <summary>Reads what a new owner needs: the range, and the idempotency keys of the retained messages.</summary>
    Task<IReadOnlyList<KeyRecord>> OpenAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Appends a batch, all of it or none, if the log's head is what the writer believes it to be.
    /// </summary>
    /// <exception cref="HistoryAwayException">The log did not answer; it says whether the batch may be in.</exception>
    ValueTask<AppendResult> AppendAsync(HistoryBatch batch, CancellationToken cancellationToken);

    /// <summary>Drops what is too old by now, also when nothing is appended any more.</summary>
    /// <exception cref="HistoryAwayException">The log did not answer, or belongs to another owner now.</exception>
    ValueTask TrimAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Somebody has seen this position. If the log's head is behind it in the same epoch, its tail was lost: a new epoch begins.
    /// </summary>
    /// <returns>Whether this call began one.</returns>
    /// <exception cref="HistoryAwayException">The log did not answer.</exception>
    ValueTask<bool> DeclareSeenAsync(EventId seen, CancellationToken cancellationToken);

    /// <summary>
    /// Ends the history, if its head is still this one: the stream gives way to others. Messages, keys and head are gone, the stream's place
    /// is free, and its next message begins a new epoch. Asked by the stream's owner, which appends nothing after it.
    /// </summary>
    /// <returns>False when the head is another one, and nothing was changed.</returns>
    /// <exception cref="HistoryAwayException">The log did not answer; the history may be gone.</exception>
    ValueTask<bool> ForgetAsync(EventId head, CancellationToken cancellationToken);

    /// <summary>Reads consecutive messages; see <see cref="HistoryQuery"/>.</summary>
    /// <exception cref="HistoryAwayException">The log did not answer, or belongs to another owner now.</exception>
    ValueTask<StreamMessage[]> ReadAsync(HistoryQuery query, CancellationToken cancellationToken);
}

/// <summary>What a log holds.</summary>
/// <param name="Epoch">The epoch; 0 when nothing was ever appended.</param>
/// <param name="Head">The newest sequence.</param>
/// <param name="Oldest">The oldest retained sequence; one more than <paramref name="Head"/> when nothing is retained.</param>
/// <param name="HeadAt">When the newest message was pushed, also when it is not retained any more.</param>
/// <param name="OldestAt">When the oldest retained message was pushed.</param>
public readonly record struct HistoryRange(ulong Epoch, long Head, long Oldest, DateTimeOffset? HeadAt, DateTimeOffset? OldestAt)
{
    /// <summary>The range of a log that holds nothing and never did.</summary>
    public static HistoryRange Empty { get; } = new(0, 0, 1, null, null);
}

/// <summary>An append.</summary>
/// <param name="Id">Names the batch, so that one whose answer was lost can be sent again.</param>
/// <param name="Epoch">The writer's epoch: the log's, or a fresh one when the log is empty.</param>
/// <param name="Messages">At least one message, consecutively numbered from the head that the writer believes in.</param>
/// <param name="Keys">The keys that came with them.</param>
public sealed record HistoryBatch(Guid Id, ulong Epoch, IReadOnlyList<StreamMessage> Messages, IReadOnlyList<KeyRecord> Keys)
{
    /// <summary>The sequence of the first message.</summary>
    public long First => Messages[0].Id.Sequence;

    /// <summary>The sequence of the last message.</summary>
    public long Last => Messages[^1].Id.Sequence;
}

/// <summary>What became of an append.</summary>
public enum AppendResult
{
    /// <summary>It is in, now or since an earlier try.</summary>
    Appended,

    /// <summary>The log's head is not what the writer believes: somebody else writes this stream. Nothing was appended.</summary>
    Refused,

    /// <summary>There is no room for another stream. Nothing was appended.</summary>
    Full,
}

/// <summary>An idempotency key and what it stands for.</summary>
/// <param name="Key">The key.</param>
/// <param name="Fingerprint">Tells whether the same key comes with the same content.</param>
/// <param name="First">The sequence of the first message pushed with it.</param>
/// <param name="Count">How many messages were.</param>
/// <param name="Timestamp">When the stream took them.</param>
public sealed record KeyRecord(string Key, UInt128 Fingerprint, long First, int Count, DateTimeOffset Timestamp)
{
    /// <summary>The sequence of the last message pushed with it.</summary>
    public long Last => First + Count - 1;
}
