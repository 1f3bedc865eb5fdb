using Webstream.Grains.History;
using Webstream.Grains.Memory;
using Webstream.Protocol;

namespace Webstream.Grains.Streams;

/// <summary>
/// The decisions of a stream's owner, without Orleans and without waiting: which pushes it accepts, in what order, with which sequences.
/// Used by one thread at a time.
/// </summary>
/// <remarks>
/// offer → queue → batch (numbered) → history → settle. One batch is in flight at a time; meanwhile the next one gathers.
/// </remarks>
/// <param name="stream">The stream.</param>
/// <param name="options">How much may wait.</param>
/// <param name="keys">The keys of the retained messages.</param>
/// <param name="share">The share for waiting pushes of all streams. A push is charged to it until its batch is in the history, or has failed.</param>
/// <param name="time">The clock.</param>
internal sealed class StreamState(StreamName stream, PushQueueOptions options, IIdempotencyKeys keys, MemoryShare share, TimeProvider time)
{
    /// <summary>The most that one batch weighs, in bytes, unless a single push is larger.</summary>
    public const int MaxBatchBytes = PushRules.MaxBatchBytes;

    private readonly Dictionary<string, PendingPush> waitingKeys = new(StringComparer.Ordinal);
    private readonly Queue<QueueEntry> waiting = new();
    private readonly Queue<PendingPush> apart = new();
    private long waitingBytes;
    private DateTimeOffset lastTimestamp;
    private CommitBatch? current;
    private Deletion? deleting;

    public ulong Epoch { get; private set; }

    public long Head { get; private set; }

    /// <summary>The history was moved away: no push goes in any more.</summary>
    public bool IsMoved { get; set; }

    /// <summary>The sequence of the end mark, when the stream is closed; else 0.</summary>
    public long End { get; private set; }

    /// <summary><see cref="StreamStatus.Life"/>.</summary>
    public long Life { get; private set; }

    /// <summary>Nothing waits, and nothing is in flight.</summary>
    public bool IsIdle => !AnyWaits && current is null && deleting is null;

    /// <summary>Something waits for its turn.</summary>
    public bool AnyWaits => waiting.Count > 0 || apart.Count > 0;

    // What waits behind a deletion is for the epoch that begins then.
    private bool IsDeleting => deleting is not null || waiting.Any(entry => entry is PendingChange { Deletes: true });

    private bool IsClosed => End != 0 && !IsDeleting;

    // By the clock, because what was known of the stream may be lost meanwhile.
    private long NextLife => HistoryLives.After(Life, time.GetUtcNow());

    /// <summary>Takes over the state that the history holds.</summary>
    public void Load(HistoryRange range, IReadOnlyList<KeyRecord> records)
    {
        (Epoch, Head, End, lastTimestamp) = (range.Epoch, range.Head, range.End, range.HeadAt ?? default);
        // An older version that began the epoch did not give it a life.
        Life = range.Life == 0 && range.Epoch != 0 ? 1 : range.Life;
        foreach (var record in records)
        {
            keys.Remember(record);
        }
    }

    /// <summary>The history has ended, while nothing was in flight: the next push begins a new one.</summary>
    public void Forget()
    {
        (Epoch, Head, End, Life) = (0, 0, 0, HistoryLives.After(Life));
        keys.Clear();
    }

    /// <summary>A gateway knows a higher life: what was known of the stream was lost meanwhile, and gateways follow only a higher one.</summary>
    public void RiseAbove(long life) => Life = Math.Max(Life, life + 1);

    /// <summary>Queues a close or a deletion, or settles its outcome at once.</summary>
    public PendingChange Change(bool deletes, TimeSpan patience)
    {
        var change = new PendingChange(deletes, time.GetUtcNow() + patience);
        if (!deletes && IsClosed)
        {
            change.Becomes(new(Epoch, End), lastTimestamp).Settle(PushOutcome.Duplicate);
        }
        else if (!deletes && IsMoved && !IsDeleting)
        {
            change.Settle(PushOutcome.Moved);
        }
        else if (waiting.Count >= options.WaitingPushes)
        {
            change.Settle(PushOutcome.Overloaded);
        }
        else
        {
            waiting.Enqueue(change);
        }

        return change;
    }

    /// <summary>Queues a push, or settles its outcome at once.</summary>
    public PendingPush Offer(PushCommand command, long oldestRetained)
    {
        keys.ForgetBefore(oldestRetained);
        var now = time.GetUtcNow();
        var push = new PendingPush(command, now + command.Patience);
        // Waiting keys first, because a history may know a key before its batch is committed here.
        if (waitingKeys.TryGetValue(command.Key, out var same) || (command.OlderKey is { } older && waitingKeys.TryGetValue(older, out same)))
        {
            // The first try is still waiting or in flight: both get its outcome.
            if (same.Fingerprint == push.Fingerprint)
            {
                same.Join(push.Deadline);
                return same;
            }

            push.Settle(PushOutcome.KeyReused);
        }
        else if ((keys.Find(command.Key) ?? (command.OlderKey is { } before ? keys.Find(before) : null)) is { } known)
        {
            (push.Record, push.Epoch) = (known, Epoch);
            push.Settle(known.Fingerprint == push.Fingerprint ? PushOutcome.Duplicate : PushOutcome.KeyReused);
        }
        else if (IsClosed)
        {
            push.Settle(PushOutcome.Closed);
        }
        else if (IsMoved && !IsDeleting)
        {
            push.Settle(PushOutcome.Moved);
        }
        else if (waiting.Count >= options.WaitingPushes || waitingBytes + push.Size > options.WaitingBytes || !keys.HasRoom(now) || !share.TryTake(push.Weight))
        {
            push.Settle(PushOutcome.Overloaded);
        }
        else
        {
            waiting.Enqueue(push);
            waitingKeys.Add(command.Key, push);
            waitingBytes += push.Size;
        }

        return push;
    }

    /// <summary>Takes a deletion, if it is next in the queue.</summary>
    public Deletion? TakeDeletion()
    {
        RefuseSecond();
        while (apart.Count == 0 && waiting.TryPeek(out var entry) && entry is PendingChange { Deletes: true } change)
        {
            waiting.Dequeue();
            if (change.Deadline <= time.GetUtcNow())
            {
                change.Settle(PushOutcome.Expired);
            }
            else if (Head == 0)
            {
                // There is nothing to delete.
                change.Becomes(new(Epoch, 0)).Settle(PushOutcome.Duplicate);
            }
            else
            {
                return deleting = new(new(Epoch, Head), EventId.NewEpoch(), NextLife, change);
            }
        }

        return null;
    }

    /// <summary>The history has ended, and a new epoch has begun.</summary>
    public void Commit(Deletion deletion)
    {
        (Epoch, Head, End, Life, IsMoved) = (deletion.Epoch, 0, 0, deletion.Life, false);
        keys.Clear();
        deletion.Change.Becomes(new(Epoch, 0));
        Abandon(deletion, PushOutcome.Accepted);
    }

    /// <summary>The deletion is over.</summary>
    public void Abandon(Deletion deletion, PushOutcome outcome)
    {
        deleting = null;
        deletion.Change.Settle(outcome);
    }

    /// <summary>
    /// Numbers the next batch: as many waiting pushes as fit, without those past their deadline, or the end mark alone. None: nothing waits, or a
    /// deletion is next.
    /// </summary>
    public CommitBatch? TakeBatch()
    {
        RefuseSecond();

        var now = Timestamp.ToMicroseconds(time.GetUtcNow());
        var pushes = new List<PendingPush>();
        var (messages, bytes) = (0, 0);
        while (apart.TryDequeue(out var alone))
        {
            if (alone.Deadline > now)
            {
                return current = CommitBatch.Of(stream, [alone], NextEpoch(), Head + 1, now > lastTimestamp ? now : lastTimestamp);
            }

            Leave(alone, PushOutcome.Expired);
        }

        while (waiting.TryPeek(out var entry))
        {
            if (entry is PendingChange change)
            {
                if (pushes.Count > 0 || change.Deletes)
                {
                    break;
                }

                waiting.Dequeue();
                if (change.Deadline <= now || End != 0)
                {
                    change.Becomes(new(Epoch, End), lastTimestamp).Settle(End != 0 ? PushOutcome.Duplicate : PushOutcome.Expired);
                    continue;
                }

                return current = CommitBatch.Ending(stream, change, NextEpoch(), Head + 1, now > lastTimestamp ? now : lastTimestamp);
            }

            var push = (PendingPush)entry;
            var count = push.Command.Items.Length;
            if (messages > 0 && (messages + count > PushRules.MaxBatchMessages || bytes + push.Size > MaxBatchBytes))
            {
                break;
            }

            waiting.Dequeue();
            waitingBytes -= push.Size;
            if (push.Deadline <= now || End != 0)
            {
                Leave(push, End != 0 ? PushOutcome.Closed : PushOutcome.Expired);
                continue;
            }

            pushes.Add(push);
            messages += count;
            bytes += push.Size;
        }

        // The clock may be set back; the stream's timestamps are not.
        return current = pushes.Count == 0 ? null : CommitBatch.Of(stream, pushes, NextEpoch(), Head + 1, now > lastTimestamp ? now : lastTimestamp);
    }

    /// <summary>The batch is in the history.</summary>
    public void Commit(CommitBatch batch)
    {
        (Epoch, Head, Life, lastTimestamp) = (batch.History.Epoch, batch.History.Last, batch.History.Life, batch.History.Messages[^1].Timestamp);
        End = batch.History.Ends ? batch.History.Last : 0;
        foreach (var record in batch.History.Keys)
        {
            keys.Remember(record);
        }

        Finish(batch, PushOutcome.Accepted);
    }

    /// <summary>The batch is not in the history, because together its pushes are more than a key may have: each goes alone, before all others.</summary>
    public void TakeApart(CommitBatch batch)
    {
        current = null;
        foreach (var push in batch.Pushes)
        {
            apart.Enqueue(push);
        }
    }

    /// <summary>The batch is not in the history.</summary>
    public void Abandon(CommitBatch batch, PushOutcome outcome) => Finish(batch, outcome);

    /// <summary>
    /// Answers the pushers whose deadline is over while the history is slow. A push that waits was not pushed; a push whose batch is in flight
    /// may be in the history.
    /// </summary>
    public void ExpireOverdue()
    {
        var now = time.GetUtcNow();
        for (var left = waiting.Count; left > 0; left--)
        {
            var entry = waiting.Dequeue();
            if (entry.Deadline > now)
            {
                waiting.Enqueue(entry);
                continue;
            }

            Leave(entry, PushOutcome.Expired);
            waitingBytes -= (entry as PendingPush)?.Size ?? 0;
        }

        for (var left = apart.Count; left > 0; left--)
        {
            var push = apart.Dequeue();
            if (push.Deadline > now)
            {
                apart.Enqueue(push);
            }
            else
            {
                Leave(push, PushOutcome.Expired);
            }
        }

        ExpireBatch(now);
    }

    /// <summary>Answers the pushers whose batch is in flight that it may be in the history.</summary>
    public void ExpireBatch() => ExpireBatch(DateTimeOffset.MaxValue);

    /// <summary>Nothing more will be committed here: the pushers that wait shall ask the new owner.</summary>
    public void AbandonWaiting()
    {
        while (waiting.TryDequeue(out var entry))
        {
            Leave(entry, PushOutcome.Retry);
        }

        while (apart.TryDequeue(out var push))
        {
            Leave(push, PushOutcome.Retry);
        }

        waitingBytes = 0;
    }

    /// <summary>
    /// Nothing more will be committed here, because this owner itself failed. Every waiting push is answered, also those on the way from the
    /// queue to a batch.
    /// </summary>
    /// <param name="maybeIn">The batch in flight may be in the history; else it surely is not.</param>
    public void GiveUp(bool maybeIn)
    {
        IReadOnlyList<PendingPush> sent = maybeIn && current is { } batch ? batch.Pushes : [];
        foreach (var change in waiting.OfType<PendingChange>())
        {
            change.Settle(PushOutcome.Retry);
        }

        (deleting?.Change ?? current?.Close)?.Settle(maybeIn ? PushOutcome.Unknown : PushOutcome.Retry);
        foreach (var push in waitingKeys.Values.ToArray())
        {
            Leave(push, sent.Contains(push) ? PushOutcome.Unknown : PushOutcome.Retry);
        }

        waiting.Clear();
        apart.Clear();
        (current, deleting, waitingBytes) = (null, null, 0);
    }

    private void ExpireBatch(DateTimeOffset now)
    {
        foreach (var push in current?.Pushes ?? [])
        {
            if (push.Deadline <= now)
            {
                push.Settle(PushOutcome.Unknown);
            }
        }

        if ((deleting?.Change ?? current?.Close) is { } change && change.Deadline <= now)
        {
            change.Settle(PushOutcome.Unknown);
        }
    }

    private void RefuseSecond()
    {
        if (current is not null || deleting is not null)
        {
            throw new InvalidOperationException("A batch is on its way.");
        }
    }

    // An epoch begins with its first message, so a stream that is only listened to leaves nothing behind.
    private (ulong Epoch, long Life) NextEpoch() => Epoch == 0 ? (EventId.NewEpoch(), NextLife) : (Epoch, Life);

    private void Finish(CommitBatch batch, PushOutcome outcome)
    {
        current = null;
        foreach (var push in batch.Pushes)
        {
            Leave(push, outcome);
        }

        batch.Close?.Settle(outcome);
    }

    private void Leave(QueueEntry entry, PushOutcome outcome)
    {
        if (entry is PendingPush push)
        {
            Leave(push, outcome);
        }
        else
        {
            entry.Settle(outcome);
        }
    }

    private void Leave(PendingPush push, PushOutcome outcome)
    {
        waitingKeys.Remove(push.Command.Key);
        share.Return(push.Weight);
        push.Settle(outcome);
    }
}
