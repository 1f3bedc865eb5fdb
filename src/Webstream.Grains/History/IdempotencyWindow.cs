using Webstream.Grains.Memory;

namespace Webstream.Grains.History;

/// <summary>Keys in the order of their messages. Used by one thread at a time.</summary>
/// <param name="share">The share to which their weight is charged; none when the caller charges it.</param>
internal sealed class IdempotencyWindow(MemoryShare? share = null) : IIdempotencyKeys
{
    /// <summary>How long a key is remembered at least, provided that its messages are retained.</summary>
    public static readonly TimeSpan Least = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, KeyRecord> records = new(StringComparer.Ordinal);
    private readonly Queue<KeyRecord> oldestFirst = new();

    private bool closed;

    /// <summary>How many keys are remembered.</summary>
    public int Count => records.Count;

    /// <summary>What they weigh, in bytes.</summary>
    public long Weight { get; private set; }

    /// <summary>In the order of their messages.</summary>
    public IEnumerable<KeyRecord> Records => oldestFirst;

    public KeyRecord? Find(string key) => records.GetValueOrDefault(key);

    public void Remember(KeyRecord record)
    {
        if (closed)
        {
            return;
        }

        records[record.Key] = record;
        oldestFirst.Enqueue(record);
        Charge(MessageWeight.Of(record));
    }

    public void ForgetBefore(long oldestRetained)
    {
        while (oldestFirst.TryPeek(out var record) && record.Last < oldestRetained)
        {
            ForgetOldest();
        }
    }

    public bool HasRoom(DateTimeOffset now)
    {
        while (share?.Used > share?.Limit && oldestFirst.TryPeek(out var record) && record.Timestamp < now - Least)
        {
            ForgetOldest();
        }

        return share is null || share.Used <= share.Limit;
    }

    public void Clear()
    {
        records.Clear();
        records.TrimExcess();
        oldestFirst.Clear();
        oldestFirst.TrimExcess();
        Charge(-Weight);
    }

    public void Close()
    {
        closed = true;
        Clear();
    }

    private void ForgetOldest()
    {
        var record = oldestFirst.Dequeue();
        records.Remove(record.Key);
        Charge(-MessageWeight.Of(record));
        // A stream that was busy once must not keep the capacity for ever.
        if (records.Capacity > 64 && records.Count < records.Capacity / 4)
        {
            records.TrimExcess(records.Count * 2);
            oldestFirst.TrimExcess(oldestFirst.Count * 2);
        }
    }

    private void Charge(long weight)
    {
        Weight += weight;
        share?.Take(weight);
    }
}
