using Webstream.Grains.History.Moving;
using Webstream.Protocol;

namespace Webstream.Grains.History;

/// <summary>The histories of all streams: the source of truth.</summary>
public interface IStreamHistories
{
    /// <summary>True when the histories end with this process: nothing is known of a stream after a restart.</summary>
    bool LostWithProcess { get; }

    /// <summary>True when only this process reaches the histories: then an owner must not move to another silo.</summary>
    bool OnlyInThisProcess { get; }

    /// <summary>The clock by which messages are stamped and become too old. Where silos share a history, they share its clock.</summary>
    TimeProvider Clock { get; }

    /// <summary>The history of one stream. It need not exist yet, and asking for it leaves nothing behind.</summary>
    IStreamHistory LogOf(StreamName stream);

    /// <summary>What moves one stream out of this store or into it.</summary>
    IStreamMove MoveOf(StreamName stream) => throw new NotSupportedException("These histories cannot be moved.");

    /// <summary>Begins a new epoch for every stream, because an older copy was put back; messages stay.</summary>
    /// <returns>How many streams.</returns>
    /// <exception cref="NotSupportedException">The history is not a file that can be put back.</exception>
    Task<int> RenewAsync(CancellationToken cancellationToken) => throw new NotSupportedException("Only a history on disk is put back by hand.");

    /// <summary>Asks whether the history answers; a history in this process always does.</summary>
    /// <exception cref="HistoryAwayException">It does not.</exception>
    Task CheckAsync() => Task.CompletedTask;

    /// <summary>Finds out by a trial whether the history does all that it should; a history in this process always does.</summary>
    /// <exception cref="HistoryAwayException">It does not answer.</exception>
    Task<HistoryHealth> AskHealthAsync() => Task.FromResult(HistoryHealth.Fine);

    /// <summary>Whether a stream has history. Asking leaves nothing behind, whatever the name.</summary>
    /// <exception cref="HistoryAwayException">The history does not answer.</exception>
    async ValueTask<bool> ExistsAsync(StreamName stream, CancellationToken cancellationToken) =>
        (await FindAsync(stream, cancellationToken)).Range.Epoch != 0;

    /// <summary>What is known of a stream without opening its history. Asking leaves nothing behind, whatever the name.</summary>
    /// <exception cref="HistoryAwayException">The history does not answer.</exception>
    ValueTask<FoundHistory> FindAsync(StreamName stream, CancellationToken cancellationToken);

    /// <summary>A stream's own settings, without opening its history; <see cref="StreamSettings.None"/> when it has none.</summary>
    /// <exception cref="HistoryAwayException">The history does not answer.</exception>
    ValueTask<StreamSettings> SettingsOfAsync(StreamName stream, CancellationToken cancellationToken);

    /// <summary>The streams that have history, ordered by name (ordinal).</summary>
    /// <param name="prefix">The beginning of the names; empty for all.</param>
    /// <param name="after">Only names after this one; none: from the beginning.</param>
    /// <param name="limit">The most streams to list.</param>
    /// <param name="cancellationToken">Ends the wait for the history.</param>
    /// <exception cref="HistoryAwayException">The history does not answer.</exception>
    ValueTask<IReadOnlyList<ListedHistory>> ListAsync(string prefix, string? after, int limit, CancellationToken cancellationToken);

    /// <summary>The names of all streams that have messages or settings, ordered (ordinal). Some may have neither any more.</summary>
    /// <param name="after">Only names after this one; none: from the beginning.</param>
    /// <param name="limit">The most names; fewer than that only at the end.</param>
    /// <param name="cancellationToken">Ends the wait for the history.</param>
    /// <exception cref="HistoryAwayException">The history does not answer.</exception>
    ValueTask<IReadOnlyList<StreamName>> NamesAsync(string? after, int limit, CancellationToken cancellationToken);

    /// <summary>What the streams that were begun with each of these keys hold.</summary>
    /// <param name="keys">The names of the keys.</param>
    /// <param name="cancellationToken">Ends the wait for the history.</param>
    /// <exception cref="HistoryAwayException">The history does not answer.</exception>
    ValueTask<KeyUse[]> UsedByAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) => new(new KeyUse[keys.Count]);

    /// <summary>
    /// The streams that may give way to new ones: those whose newest message is older than a time, the quietest first. Cheap when there is none:
    /// while the history is full, every push to a new name asks for them.
    /// </summary>
    /// <param name="quietSince">Only streams to which nothing was pushed since.</param>
    /// <param name="limit">The most streams in the answer.</param>
    /// <param name="cancellationToken">Ends the wait for the history.</param>
    /// <exception cref="HistoryAwayException">The history does not answer.</exception>
    ValueTask<IReadOnlyList<ListedHistory>> QuietestAsync(DateTimeOffset quietSince, int limit, CancellationToken cancellationToken);
}

/// <summary>A stream that has history, as an entry of a list.</summary>
/// <param name="Stream">Its name.</param>
/// <param name="Range">What its history holds.</param>
public readonly record struct ListedHistory(StreamName Stream, HistoryRange Range);

/// <summary>What is known of a stream that was asked for by its name.</summary>
/// <param name="Range">What its history holds; <see cref="HistoryRange.Empty"/> when it has none.</param>
/// <param name="Forgotten"><see cref="IStreamHistory.Forgotten"/>.</param>
/// <param name="Deleted"><see cref="IStreamHistory.Deleted"/>.</param>
public readonly record struct FoundHistory(HistoryRange Range, ulong Forgotten, ulong Deleted = 0);

/// <summary>
/// The history of one stream, bounded by count, bytes and age. One writer at a time appends; anyone may read.
/// </summary>
public interface IStreamHistory
{
    /// <summary>What the history holds now.</summary>
    HistoryRange Range { get; }

    /// <summary>
    /// The epoch that <see cref="ForgetAsync"/> ended last; 0 when none is known. Kept for the last <see cref="EndedLives.Most"/> streams or
    /// so: a listener that comes back much later is told that the history began anew, but not why. Known after <see cref="OpenAsync"/>.
    /// </summary>
    ulong Forgotten { get; }

    /// <summary>The epoch that <see cref="DeleteAsync"/> ended last; 0 when none is known. Kept as <see cref="Forgotten"/> is.</summary>
    ulong Deleted { get; }

    /// <summary>The stream's own settings. Known after <see cref="OpenAsync"/>.</summary>
    StreamSettings Settings { get; }

    /// <summary>The name of the key that began the stream; none: no key did. Known after <see cref="OpenAsync"/>.</summary>
    string? Founder => null;

    /// <summary>
    /// Whether the history was moved away (<see cref="IStreamMove.FinishAsync"/>), or is being moved here, and takes no pushes. Known after
    /// <see cref="OpenAsync"/>.
    /// </summary>
    bool IsMoved => false;

    /// <summary>
    /// The keys, where the history has them in this process anyway. None: the owner keeps the keys that <see cref="OpenAsync"/> returns, or asks
    /// for each (<see cref="AsksForKeys"/>).
    /// </summary>
    IIdempotencyKeys? Keys => null;

    /// <summary>
    /// True when the owner asks for the key of every push (<see cref="FindKeysAsync"/>) and keeps none: then <see cref="OpenAsync"/> returns none.
    /// </summary>
    bool AsksForKeys => false;

    /// <summary>Looks keys up among those of the retained messages.</summary>
    /// <returns>What each key stands for, in the order of the keys; none where it is not known.</returns>
    /// <exception cref="HistoryAwayException">The history did not answer, or belongs to another owner now.</exception>
    ValueTask<KeyRecord?[]> FindKeysAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        throw new NotSupportedException("This history hands over its keys when it is opened.");

    /// <summary>Reads what a new owner needs: the range, and the idempotency keys of the retained messages, if the owner keeps them.</summary>
    Task<IReadOnlyList<KeyRecord>> OpenAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Appends a batch, all of it or none, if the history's head is the one that the writer expects.
    /// </summary>
    /// <exception cref="HistoryAwayException">The history did not answer; the exception says whether the batch may be in.</exception>
    ValueTask<AppendResult> AppendAsync(HistoryBatch batch, CancellationToken cancellationToken);

    /// <summary>Drops the messages that are too old by now, also when nothing is appended any more.</summary>
    /// <exception cref="HistoryAwayException">The history did not answer, or belongs to another owner now.</exception>
    ValueTask TrimAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Declares that somebody has seen this position. If the history's head is behind it in the same epoch, its tail was lost: a new epoch
    /// begins.
    /// </summary>
    /// <returns>Whether this call began a new epoch.</returns>
    /// <exception cref="HistoryAwayException">The history did not answer.</exception>
    ValueTask<bool> DeclareSeenAsync(EventId seen, CancellationToken cancellationToken);

    /// <summary>
    /// Ends the history, if its head is still this one: the stream gives way to others. Messages, keys and head are gone, the stream's place
    /// is free, and its next message begins a new epoch. The stream's owner calls this, and appends nothing after it.
    /// </summary>
    /// <returns>False when the head is another one, and nothing was changed.</returns>
    /// <exception cref="HistoryAwayException">The history did not answer, and may be gone.</exception>
    ValueTask<bool> ForgetAsync(EventId head, CancellationToken cancellationToken);

    /// <summary>
    /// Ends the history, if its head is still this one, because somebody wants it gone. Messages, keys and the end mark are gone, and a new epoch
    /// begins at once, with head 0: that refuses a writer of the old one. The stream's own settings stay. Without settings its place is free
    /// until the next message. A second call with the same arguments changes nothing, and answers as the first.
    /// </summary>
    /// <param name="head">The head as the writer knows it.</param>
    /// <param name="epoch">The new epoch.</param>
    /// <param name="life">The new epoch's <see cref="HistoryRange.Life"/>.</param>
    /// <param name="cancellationToken">Ends the wait for the history.</param>
    /// <returns>False when the head is another one, and nothing was changed.</returns>
    /// <exception cref="HistoryAwayException">The history did not answer, and may be gone.</exception>
    ValueTask<bool> DeleteAsync(EventId head, ulong epoch, long life, CancellationToken cancellationToken);

    /// <summary>
    /// Sets the stream's own settings, in place of those before; <see cref="StreamSettings.None"/> removes them. They stay until they are set
    /// again, whatever becomes of the messages, and a stream that has some takes a place. The bounds change at once.
    /// </summary>
    /// <returns>False when there is no room for another stream, and nothing was changed.</returns>
    /// <exception cref="HistoryAwayException">The history did not answer; the settings may be set.</exception>
    ValueTask<bool> SetAsync(StreamSettings settings, CancellationToken cancellationToken);

    /// <summary>Reads consecutive messages; see <see cref="HistoryQuery"/>.</summary>
    /// <exception cref="HistoryAwayException">The history did not answer, or belongs to another owner now.</exception>
    ValueTask<StreamMessage[]> ReadAsync(HistoryQuery query, CancellationToken cancellationToken);
}

/// <summary>What a history holds.</summary>
/// <param name="Epoch">The epoch; 0 when nothing was ever appended.</param>
/// <param name="Head">The newest sequence.</param>
/// <param name="Oldest">The oldest retained sequence; one more than <paramref name="Head"/> when nothing is retained.</param>
/// <param name="HeadAt">When the newest message was pushed, also when it is not retained any more.</param>
/// <param name="OldestAt">When the oldest retained message was pushed.</param>
/// <param name="End">The sequence of the end mark, when the stream is closed; else 0.</param>
/// <param name="Life">
/// Tells the epochs of a stream apart by their order: a later epoch has a higher number. It rises also when the history ends. 0 when it is
/// not known.
/// </param>
public readonly record struct HistoryRange(
    ulong Epoch, long Head, long Oldest, DateTimeOffset? HeadAt, DateTimeOffset? OldestAt, long End = 0, long Life = 0)
{
    /// <summary>The range of a history that holds nothing and never did.</summary>
    public static HistoryRange Empty { get; } = new(0, 0, 1, null, null);
}

/// <summary>An append.</summary>
/// <param name="Id">Names the batch, so that the writer can send it again when the answer was lost.</param>
/// <param name="Epoch">The writer's epoch: the history's, or a fresh one when the history is empty.</param>
/// <param name="Messages">At least one message, consecutively numbered from the head that the writer expects.</param>
/// <param name="Keys">The keys that came with the messages.</param>
/// <param name="Life">The epoch's <see cref="HistoryRange.Life"/>; it is kept when the batch begins the epoch.</param>
/// <param name="Moves">The batch comes by a move (<see cref="IStreamMove"/>), and goes only into a history that the move has begun.</param>
public sealed record HistoryBatch(
    Guid Id, ulong Epoch, IReadOnlyList<StreamMessage> Messages, IReadOnlyList<KeyRecord> Keys, long Life = 0, bool Moves = false)
{
    /// <summary>The callers of the pushes in it, in their order, none where one has no named key; empty: no push came with one.</summary>
    public IReadOnlyList<CallerQuota?> Pushers { get; init; } = [];

    /// <summary>Who will have begun the stream once this batch is in.</summary>
    /// <param name="known">Who has begun it so far.</param>
    /// <param name="begins">It has no messages.</param>
    public Founder? FounderOf(Founder? known, bool begins)
    {
        if (begins)
        {
            return Pushers is [{ } first, ..] ? new(first.Key, first.Bytes) : null;
        }

        // Its quota may be another one since.
        return known is not null && Pushers.LastOrDefault(pusher => pusher?.Key == known.Name) is { } now && now.Bytes != known.Bytes
            ? known with { Bytes = now.Bytes }
            : known;
    }

    /// <summary>The batch is the end mark of the stream, alone: nothing comes after it in this epoch.</summary>
    public bool Ends => Messages[^1].IsEnd;

    /// <summary>The sequence of the first message.</summary>
    public long First => Messages[0].Id.Sequence;

    /// <summary>The sequence of the last message.</summary>
    public long Last => Messages[^1].Id.Sequence;
}

/// <summary>The outcome of an append.</summary>
public enum AppendResult
{
    /// <summary>The batch is in the history, now or since an earlier try.</summary>
    Appended,

    /// <summary>The history's head is not the one that the writer expects: somebody else writes this stream. Nothing was appended.</summary>
    Refused,

    /// <summary>There is no room for another stream. Nothing was appended.</summary>
    Full,

    /// <summary>The stream is closed: its history ends with an end mark. Nothing was appended.</summary>
    Ended,

    /// <summary>The key that would begin the stream has as many as it may. Nothing was appended.</summary>
    OverStreams,

    /// <summary>The streams of the key that pushes, and that began the stream, would retain more than they may. Nothing was appended.</summary>
    OverBytes,

    /// <summary>The same, and another key began the stream. Nothing was appended.</summary>
    FounderOverBytes,
}

/// <summary>An idempotency key and what it stands for.</summary>
/// <param name="Key">The key.</param>
/// <param name="Fingerprint">Tells whether the same key comes with the same content.</param>
/// <param name="First">The sequence of the first message pushed with it.</param>
/// <param name="Count">How many messages were pushed with it.</param>
/// <param name="Timestamp">When the stream accepted them.</param>
public sealed record KeyRecord(string Key, UInt128 Fingerprint, long First, int Count, DateTimeOffset Timestamp)
{
    /// <summary>The sequence of the last message pushed with it.</summary>
    public long Last => First + Count - 1;
}
