using Webstream.Grains.Memory;
using Webstream.Protocol;

namespace Webstream.Grains.History;

/// <summary>
/// The consecutive messages that a history in memory retains, with their keys, and what they weigh. A key comes with its messages, and goes with
/// the last of them. Used under its owner's lock.
/// </summary>
internal sealed class RetainedMessages
{
    private readonly MessageRing messages = new();
    private readonly IdempotencyWindow keys = new();
    private long weight;

    /// <summary>How many messages there are. Also read without the lock.</summary>
    public int Count => messages.Count;

    /// <summary>The sum of their sizes on the wire, in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>What messages and keys weigh in memory, in bytes. Also read without the lock.</summary>
    public long Weight => Volatile.Read(ref weight);

    /// <summary>Their keys, in the order of the messages.</summary>
    public IEnumerable<KeyRecord> Keys => keys.Records;

    /// <summary>A message, counted from the oldest.</summary>
    public StreamMessage this[int index] => messages[index];

    public void Add(StreamMessage message)
    {
        messages.Add(message);
        Bytes += message.Size;
        weight += MessageWeight.Of(message);
    }

    public void Add(KeyRecord key)
    {
        keys.Remember(key);
        weight += MessageWeight.Of(key);
    }

    public KeyRecord? Find(string key) => keys.Find(key);

    public void DropOldest()
    {
        var message = messages.RemoveOldest();
        var keysBefore = keys.Weight;
        keys.ForgetBefore(message.Id.Sequence + 1);
        Bytes -= message.Size;
        weight += keys.Weight - keysBefore - MessageWeight.Of(message);
    }
}
