using Webstream.Protocol;

namespace Webstream.Grains.Log;

/// <summary>
/// A stream's history in the memory of one silo. It has no fence against a second silo: it is for one.
/// </summary>
internal sealed class InMemoryStreamLog(StreamName stream, InMemoryStreamLogs logs) : IStreamLog
{
    private readonly Lock gate = new();
    private readonly MessageRing messages = new();
    private readonly Queue<KeyRecord> keys = new();
    private ulong epoch;
    private long head;
    private DateTimeOffset? headAt;
    private long headAtTicks;
    private Guid lastBatch;

    /// <summary>What the retained messages weigh, in bytes. Read without the gate to find the largest log.</summary>
    public long Bytes { get; private set; }

    /// <summary>When the newest message was pushed, in UTC ticks. Read without the gate to find the quietest log.</summary>
    public long HeadAtTicks => Volatile.Read(ref headAtTicks);

    /// <summary>How many messages are retained. Read without the gate, too.</summary>
    public int Count => messages.Count;

    public StreamName Stream { get; } = stream;

    private long Oldest => head - messages.Count + 1;

    public LogRange Range
    {
        get
        {
            lock (gate)
            {
                DropAged();
                return epoch == 0
                    ? LogRange.Empty
                    : new(epoch, head, Oldest, headAt, messages.Count > 0 ? messages[0].Timestamp : null);
            }
        }
    }

    public ulong Forgotten => logs.Forgotten.Of(Stream);

    public Task<IReadOnlyList<KeyRecord>> OpenAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return Task.FromResult<IReadOnlyList<KeyRecord>>([.. keys]);
        }
    }

    public ValueTask<AppendResult> AppendAsync(LogBatch batch, CancellationToken cancellationToken)
    {
        // Asked before the gate is taken: admitting one log may forget another, under that one's gate.
        if (logs.Admit(this) is { } refusal)
        {
            return new(refusal);
        }

        lock (gate)
        {
            // Forgotten since, to make room for another: what is appended to a log that nobody holds would be lost unseen.
            if (!logs.Holds(this))
            {
                return new(AppendResult.Refused);
            }

            if (batch.Id == lastBatch)
            {
                return new(AppendResult.Appended);
            }

            if (batch.First != head + 1 || (epoch != 0 && batch.Epoch != epoch))
            {
                if (epoch == 0)
                {
                    // A writer that goes on where its stream gave way: it was given a place, and leaves it.
                    logs.Forget(this);
                }

                return new(AppendResult.Refused);
            }

            foreach (var message in batch.Messages)
            {
                messages.Add(message);
                Bytes += message.Size;
                logs.Account(message.Size);
            }

            foreach (var key in batch.Keys)
            {
                keys.Enqueue(key);
            }

            (epoch, head, headAt, lastBatch) = (batch.Epoch, batch.Last, batch.Messages[^1].Timestamp, batch.Id);
            Volatile.Write(ref headAtTicks, batch.Messages[^1].Timestamp.UtcTicks);
            while (messages.Count > logs.Options.RetainedMessages || (Bytes > logs.Options.RetainedBytes && messages.Count > 1))
            {
                DropOldest();
            }

            DropAged();
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

    // What is in this memory is lost all at once or not at all.
    public ValueTask<bool> DeclareSeenAsync(EventId seen, CancellationToken cancellationToken) => new(false);

    public ValueTask<StreamMessage[]> ReadAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            DropAged();
            var page = new List<StreamMessage>();
            var bytes = 0;
            // Cut to the head first: the largest id there is has no next one.
            for (var sequence = Math.Max(Math.Min(query.After, head) + 1, Oldest); sequence <= head && page.Count < query.MaxMessages; sequence++)
            {
                var message = messages[(int)(sequence - Oldest)];
                page.Add(message);
                bytes += message.Size;
                if (bytes >= query.MaxBytes)
                {
                    break;
                }
            }

            return new(page.ToArray());
        }
    }

    /// <summary>Drops the oldest messages until that many bytes are freed, but keeps that many of the newest.</summary>
    public void Release(long wanted, int keep)
    {
        lock (gate)
        {
            var limit = Bytes - wanted;
            while (Bytes > limit && messages.Count > keep)
            {
                DropOldest();
            }
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

            while (messages.Count > 0)
            {
                DropOldest();
            }

            // The reason is known before the place is free.
            logs.Forgotten.Add(Stream, epoch);
            (epoch, this.head, headAt, lastBatch) = (0, 0, null, default);
            keys.Clear();
            logs.Forget(this);
            return new(true);
        }
    }

    private void DropAged()
    {
        var limit = logs.Time.GetUtcNow() - logs.Options.Retention;
        while (messages.Count > 0 && messages[0].Timestamp < limit)
        {
            DropOldest();
        }
    }

    private void DropOldest()
    {
        var message = messages.RemoveOldest();
        Bytes -= message.Size;
        logs.Account(-message.Size);
        while (keys.TryPeek(out var key) && key.Last < Oldest)
        {
            keys.Dequeue();
        }
    }
}
