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
    private readonly Queue<PendingPush> waiting = new();
    private long waitingBytes;
    private DateTimeOffset lastTimestamp;
    private CommitBatch? current;

    public ulong Epoch { get; private set; }

    public long Head { get; private set; }

    /// <summary>The history was moved away: no push goes in any more.</summary>
    public bool IsMoved { get; set; }

    /// <summary>No push waits, and no batch is in flight.</summary>
    public bool IsIdle => waiting.Count == 0 && current is null;

    /// <summary>Takes over the state that the history holds.</summary>
    public void Load(HistoryRange range, IReadOnlyList<KeyRecord> records)
    {
        (Epoch, Head, lastTimestamp) = (range.Epoch, range.Head, range.HeadAt ?? default);
        foreach (var record in records)
        {
            keys.Remember(record);
        }
    }

    /// <summary>The history has ended, while nothing was in flight: the next push begins a new one.</summary>
    public void Forget()
    {
        (Epoch, Head) = (0, 0);
        keys.Clear();
    }

    /// <summary>Queues a push, or settles its outcome at once.</summary>
    public PendingPush Offer(PushCommand command, long oldestRetained)
    {
        keys.ForgetBefore(oldestRetained);
        var now = time.GetUtcNow();
        var push = new PendingPush(command, now + command.Patience);
        // Waiting keys first, because a history may know a key before its batch is committed here.
        if (waitingKeys.TryGetValue(command.Key, out var same))
        {
            // The first try is still waiting or in flight: both get its outcome.
            if (same.Fingerprint == push.Fingerprint)
            {
                same.Join(push.Deadline);
                return same;
            }

            push.Settle(PushOutcome.KeyReused);
        }
        else if (keys.Find(command.Key) is { } known)
        {
            push.Record = known;
            push.Settle(known.Fingerprint == push.Fingerprint ? PushOutcome.Duplicate : PushOutcome.KeyReused);
        }
        else if (IsMoved)
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

    /// <summary>Numbers the next batch: as many waiting pushes as fit, without those past their deadline. None: no push waits.</summary>
    public CommitBatch? TakeBatch()
    {
        if (current is not null)
        {
            throw new InvalidOperationException("A batch is on its way.");
        }

        var now = Timestamp.ToMicroseconds(time.GetUtcNow());
        var pushes = new List<PendingPush>();
        var (messages, bytes) = (0, 0);
        while (waiting.TryPeek(out var push))
        {
            var count = push.Command.Items.Length;
            if (messages > 0 && (messages + count > PushRules.MaxBatchMessages || bytes + push.Size > MaxBatchBytes))
            {
                break;
            }

            waiting.Dequeue();
            waitingBytes -= push.Size;
            if (push.Deadline <= now)
            {
                Leave(push, PushOutcome.Expired);
                continue;
            }

            pushes.Add(push);
            messages += count;
            bytes += push.Size;
        }

        // The clock may be set back; the stream's timestamps are not.
        return current = pushes.Count == 0 ? null : Number(pushes, now > lastTimestamp ? now : lastTimestamp);
    }

    /// <summary>The batch is in the history.</summary>
    public void Commit(CommitBatch batch)
    {
        (Epoch, Head, lastTimestamp) = (batch.History.Epoch, batch.History.Last, batch.History.Messages[^1].Timestamp);
        foreach (var record in batch.History.Keys)
        {
            keys.Remember(record);
        }

        Finish(batch, PushOutcome.Accepted);
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
            var push = waiting.Dequeue();
            if (push.Deadline > now)
            {
                waiting.Enqueue(push);
                continue;
            }

            waitingBytes -= push.Size;
            Leave(push, PushOutcome.Expired);
        }

        ExpireBatch(now);
    }

    /// <summary>Answers the pushers whose batch is in flight that it may be in the history.</summary>
    public void ExpireBatch() => ExpireBatch(DateTimeOffset.MaxValue);

    /// <summary>Nothing more will be committed here: the pushers that wait shall ask the new owner.</summary>
    public void AbandonWaiting()
    {
        while (waiting.TryDequeue(out var push))
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
        foreach (var push in waitingKeys.Values.ToArray())
        {
            Leave(push, sent.Contains(push) ? PushOutcome.Unknown : PushOutcome.Retry);
        }

        waiting.Clear();
        (current, waitingBytes) = (null, 0);
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
    }

    private CommitBatch Number(List<PendingPush> pushes, DateTimeOffset timestamp)
    {
        // An epoch begins with its first message, so a stream that is only listened to leaves nothing behind.
        var epoch = Epoch == 0 ? EventId.NewEpoch() : Epoch;
        var next = Head + 1;
        var messages = new List<StreamMessage>();
        var records = new List<KeyRecord>(pushes.Count);
        foreach (var push in pushes)
        {
            push.Record = new(push.Command.Key, push.Fingerprint, next, push.Command.Items.Length, timestamp);
            records.Add(push.Record);
            foreach (var item in push.Command.Items)
            {
                messages.Add(item.Numbered(new(epoch, next++), stream, timestamp));
            }
        }

        return new(new(Guid.NewGuid(), epoch, messages, records), pushes);
    }

    private void Finish(CommitBatch batch, PushOutcome outcome)
    {
        current = null;
        foreach (var push in batch.Pushes)
        {
            Leave(push, outcome);
        }
    }

    private void Leave(PendingPush push, PushOutcome outcome)
    {
        waitingKeys.Remove(push.Command.Key);
        share.Return(push.Weight);
        push.Settle(outcome);
    }
}

/// <summary>Pushes that go to the history together.</summary>
internal sealed record CommitBatch(HistoryBatch History, IReadOnlyList<PendingPush> Pushes);
