using Webstream.Grains.History.Moving;
using Webstream.Protocol;

namespace Webstream.Grains.History;

/// <summary>
/// A stream's history in the memory of one silo. It has no fence against a second silo: it is for a cluster of one silo.
/// </summary>
internal sealed class InMemoryStreamHistory : IStreamHistory, IIdempotencyKeys
{
    private readonly Lock gate = new();
    private readonly RetainedMessages messages = new();
    private readonly InMemoryStreamHistories logs;
    private volatile StreamSettings settings = StreamSettings.None;
    private ulong epoch;
    private long life;
    private long head;
    private long end;
    private DateTimeOffset? headAt;
    private long headAtTicks;
    private Guid lastBatch;
    private bool moved;
    private bool unfinished;
    private Founder? founder;
    private Counted counted;

    public InMemoryStreamHistory(StreamName stream, InMemoryStreamHistories logs)
    {
        (Stream, this.logs) = (stream, logs);
        (_, _, epoch, life) = logs.Ended.Of(stream);
    }

    /// <summary>What the retained messages and their keys weigh in memory, in bytes. Read without the lock to find the largest history.</summary>
    public long Weight => messages.Weight;

    /// <summary>When the newest message was pushed, in UTC ticks. Read without the lock to find the quietest stream.</summary>
    public long HeadAtTicks => Volatile.Read(ref headAtTicks);

    /// <summary>How many messages are retained. Also read without the lock.</summary>
    public int Count => messages.Count;

    public StreamName Stream { get; }

    // The owner asks for its keys here. A second copy of each key would weigh as much again, and would stay after its message is dropped.
    public IIdempotencyKeys Keys => this;

    public ulong Forgotten => logs.Ended.Of(Stream).Forgotten;

    public ulong Deleted => logs.Ended.Of(Stream).Deleted;

    public StreamSettings Settings => settings;

    public string? Founder
    {
        get
        {
            lock (gate)
            {
                return founder?.Name;
            }
        }
    }

    private HistoryBounds Bounds => logs.Rules.Of(Stream, settings);

    // With neither messages nor settings, the stream has no place.
    private bool HasPlace => head > 0 || !settings.IsNone;

    public bool IsMoved
    {
        get
        {
            lock (gate)
            {
                return moved;
            }
        }
    }

    private long Oldest => head - messages.Count + 1;

    public HistoryRange Range
    {
        get
        {
            lock (gate)
            {
                DropAged();
                return new(epoch, head, Oldest, headAt, messages.Count > 0 ? messages[0].Timestamp : null, end, life);
            }
        }
    }

    public Task<IReadOnlyList<KeyRecord>> OpenAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return Task.FromResult<IReadOnlyList<KeyRecord>>([.. messages.Keys]);
        }
    }

    public ValueTask<AppendResult> AppendAsync(HistoryBatch batch, CancellationToken cancellationToken)
    {
        if (!logs.MayBegin(Stream, batch))
        {
            return new(AppendResult.OverStreams);
        }

        if (logs.Admit(this) is { } refusal)
        {
            return new(refusal);
        }

        lock (gate)
        {
            // The history has ended since, to make room for another stream. An append to a history that is no longer held would be lost unseen.
            if (!logs.Holds(this))
            {
                return new(AppendResult.Refused);
            }

            if (batch.Id == lastBatch)
            {
                return new(AppendResult.Appended);
            }

            if (batch.Moves != unfinished || (moved && !unfinished) || batch.First != head + 1 || (epoch != 0 && batch.Epoch != epoch))
            {
                if (!HasPlace)
                {
                    // The writer continues a history that has ended. It was given a place above, and frees it.
                    logs.Forget(this);
                }

                return new(AppendResult.Refused);
            }

            if (end != 0)
            {
                return new(AppendResult.Ended);
            }

            if (Claim(batch) is { } over)
            {
                if (!HasPlace)
                {
                    logs.Forget(this);
                }

                return new(over);
            }

            var before = messages.Weight;
            foreach (var message in batch.Messages)
            {
                messages.Add(message);
            }

            foreach (var key in batch.Keys)
            {
                messages.Add(key);
            }

            life = epoch == 0 && batch.Life != 0 ? batch.Life : life;
            (epoch, head, headAt, lastBatch) = (batch.Epoch, batch.Last, batch.Messages[^1].Timestamp, batch.Id);
            end = batch.Ends ? batch.Last : 0;
            Volatile.Write(ref headAtTicks, batch.Messages[^1].Timestamp.UtcTicks);
            Account(before);
            DropBeyondBounds();
        }

        logs.KeepWithinTotal(this);
        return new(AppendResult.Appended);
    }

    public ValueTask TrimAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            DropAged();
        }

        return default;
    }

    // This memory is lost all at once or not at all, so a lost tail cannot occur.
    public ValueTask<bool> DeclareSeenAsync(EventId seen, CancellationToken cancellationToken) => new(false);

    public ValueTask<StreamMessage[]> ReadAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            DropAged();
            var page = new List<StreamMessage>();
            var size = 0;
            // Clamp to the head first: the largest sequence has no successor.
            for (var sequence = Math.Max(Math.Min(query.After, head) + 1, Oldest); sequence <= head && page.Count < query.MaxMessages; sequence++)
            {
                var message = messages[(int)(sequence - Oldest)];
                page.Add(message);
                size += message.Size;
                if (size >= query.MaxBytes)
                {
                    break;
                }
            }

            return new(page.ToArray());
        }
    }

    /// <summary>Drops the oldest messages until the history weighs no more than the target, in bytes, but keeps so many of the newest.</summary>
    public void Release(long target, int keep)
    {
        lock (gate)
        {
            var before = messages.Weight;
            while (messages.Weight > target && messages.Count > keep)
            {
                messages.DropOldest();
            }

            Account(before);
        }
    }

    public ValueTask<bool> ForgetAsync(EventId head, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (epoch == 0 || head != new EventId(epoch, this.head) || !logs.Holds(this))
            {
                return new(false);
            }

            End(new(Forgotten: epoch, Deleted, Epoch: 0, HistoryLives.After(life)));
            return new(true);
        }
    }

    public ValueTask<bool> DeleteAsync(EventId head, ulong epoch, long life, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (this.epoch == epoch && Deleted == head.Epoch)
            {
                return new(true);
            }

            if (this.epoch == 0 || head != new EventId(this.epoch, this.head) || !logs.Holds(this))
            {
                return new(false);
            }

            End(new(Forgotten, Deleted: head.Epoch, epoch, life));
            return new(true);
        }
    }

    public ValueTask<bool> SetAsync(StreamSettings settings, CancellationToken cancellationToken)
    {
        if (!settings.IsNone && logs.Admit(this) is { } refusal)
        {
            return refusal == AppendResult.Full ? new(false) : throw OtherOwner();
        }

        lock (gate)
        {
            if (!settings.IsNone && !logs.Holds(this))
            {
                throw OtherOwner();
            }

            this.settings = settings;
            if (settings.IsNone)
            {
                logs.MayGiveWay();
            }

            if (!HasPlace)
            {
                logs.Forget(this);
            }

            DropBeyondBounds();
            return new(true);
        }
    }

    /// <summary>The keys whose last message is in a range of sequences.</summary>
    public IReadOnlyList<KeyRecord> KeysBetween(long first, long last)
    {
        lock (gate)
        {
            return [.. messages.Keys.Where(key => key.Last >= first && key.Last <= last)];
        }
    }

    /// <inheritdoc cref="IStreamMove.BeginAsync"/>
    public MoveResult Begin(EventId before, DateTimeOffset at, long life)
    {
        if (logs.Admit(this) is { } refusal)
        {
            return refusal == AppendResult.Full ? MoveResult.Full : MoveResult.NotEmpty;
        }

        lock (gate)
        {
            if (!logs.Holds(this) || (head > 0 && !moved))
            {
                return MoveResult.NotEmpty;
            }

            if (HistoryLives.OfMoved(this.life, life) is not { } begun)
            {
                if (!HasPlace)
                {
                    logs.Forget(this);
                }

                return MoveResult.Older;
            }

            DropAll();
            founder = null;
            (epoch, head, end, headAt, lastBatch, moved, unfinished) = (before.Epoch, before.Sequence, 0, at, default, true, true);
            this.life = begun;
            Volatile.Write(ref headAtTicks, at.UtcTicks);
            return MoveResult.Done;
        }
    }

    /// <inheritdoc cref="IStreamMove.CompleteAsync"/>
    public bool Complete(EventId last, bool closed)
    {
        lock (gate)
        {
            if (!unfinished || last != new EventId(epoch, head) || !logs.Holds(this))
            {
                return false;
            }

            (moved, unfinished, life, end) = (false, false, life + 1, closed ? head : 0);
            return true;
        }
    }

    /// <inheritdoc cref="IStreamMove.FinishAsync"/>
    public bool Finish(EventId last)
    {
        lock (gate)
        {
            if (epoch == 0 || last != new EventId(epoch, head) || !logs.Holds(this))
            {
                return false;
            }

            (moved, unfinished) = (true, false);
            return true;
        }
    }

    KeyRecord? IIdempotencyKeys.Find(string key)
    {
        lock (gate)
        {
            DropAged();
            return messages.Find(key);
        }
    }

    // A key comes with its messages, and goes with them.
    void IIdempotencyKeys.Remember(KeyRecord record)
    {
    }

    void IIdempotencyKeys.ForgetBefore(long oldestRetained)
    {
    }

    // There is always room: the largest histories lose messages instead.
    bool IIdempotencyKeys.HasRoom(DateTimeOffset now) => true;

    void IIdempotencyKeys.Clear()
    {
    }

    void IIdempotencyKeys.Close()
    {
    }

    private HistoryAwayException OtherOwner() =>
        new($"The log of stream {Stream} belongs to another owner.", maybeIn: false) { OtherOwner = true };

    // Under the gate. Remembers the reason before the place is free.
    private void End(EndedLife ended)
    {
        DropAll();
        logs.Ended.Add(Stream, ended);
        (epoch, life, head, end, headAt, lastBatch, moved) = (ended.Epoch, ended.Life, 0, 0, null, default, false);
        (unfinished, founder) = (false, null);
        Volatile.Write(ref headAtTicks, 0);
        if (!HasPlace)
        {
            logs.Forget(this);
        }
    }

    // Under the gate. Counts what the batch will add, for the key that began the stream.
    private AppendResult? Claim(HistoryBatch batch)
    {
        if (founder is not null || batch.Pushers.Count > 0)
        {
            DropAged();
            var begun = batch.FounderOf(founder, begins: messages.Count == 0);
            if (QuotaClaim.Of(batch, founder, messages.Count, messages.Bytes, Bounds.Bytes) is { } claim)
            {
                if (logs.Founders.TryMove(counted, claim) is { } over)
                {
                    return over;
                }

                counted = claim.After;
            }

            founder = begun;
        }

        return null;
    }

    private void Account(long before)
    {
        logs.Account(messages.Weight - before);
        var now = Counted.Of(founder, messages.Count, messages.Bytes);
        logs.Founders.Move(counted, now);
        counted = now;
    }

    private void DropAll()
    {
        var before = messages.Weight;
        while (messages.Count > 0)
        {
            messages.DropOldest();
        }

        Account(before);
    }

    // Whoever drops messages accounts for their weight: once, however many go.
    private void DropBeyondBounds()
    {
        var (before, bounds) = (messages.Weight, Bounds);
        while (messages.Count > bounds.Messages || (messages.Bytes > bounds.Bytes && messages.Count > 1))
        {
            messages.DropOldest();
        }

        Account(before);
        DropAged();
    }

    private void DropAged()
    {
        var limit = logs.Time.GetUtcNow() - Bounds.Retention;
        if (messages.Count == 0 || messages[0].Timestamp >= limit)
        {
            return;
        }

        var before = messages.Weight;
        while (messages.Count > 0 && messages[0].Timestamp < limit)
        {
            messages.DropOldest();
        }

        Account(before);
    }
}
