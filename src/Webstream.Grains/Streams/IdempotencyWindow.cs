using Webstream.Grains.Log;

namespace Webstream.Grains.Streams;

/// <summary>The keys of the retained messages: a push whose key is here is not pushed again.</summary>
internal sealed class IdempotencyWindow
{
    private readonly Dictionary<string, KeyRecord> records = new(StringComparer.Ordinal);
    private readonly Queue<KeyRecord> oldestFirst = new();

    /// <summary>How many keys are remembered.</summary>
    public int Count => records.Count;

    public void Remember(KeyRecord record)
    {
        records[record.Key] = record;
        oldestFirst.Enqueue(record);
    }

    public KeyRecord? Find(string key) => records.GetValueOrDefault(key);

    /// <summary>Forgets the keys of messages that are not retained any more.</summary>
    public void ForgetBefore(long oldestRetained)
    {
        while (oldestFirst.TryPeek(out var record) && record.Last < oldestRetained)
        {
            oldestFirst.Dequeue();
            records.Remove(record.Key);
        }
    }
}
