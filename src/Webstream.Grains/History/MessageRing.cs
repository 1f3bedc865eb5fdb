using Webstream.Protocol;

namespace Webstream.Grains.History;

/// <summary>A ring buffer of consecutive messages: found by index at once, removed at the old end and added at the new end.</summary>
internal sealed class MessageRing
{
    private StreamMessage?[] slots = [];
    private int first;

    public int Count { get; private set; }

    public StreamMessage this[int index] => slots[(first + index) & (slots.Length - 1)]!;

    public void Add(StreamMessage message)
    {
        if (Count == slots.Length)
        {
            Resize(Math.Max(16, slots.Length * 2));
        }

        slots[(first + Count) & (slots.Length - 1)] = message;
        Count++;
    }

    public StreamMessage RemoveOldest()
    {
        var message = this[0];
        slots[first] = null;
        first = (first + 1) & (slots.Length - 1);
        Count--;
        // A stream that was busy once must not keep the capacity for ever.
        if (slots.Length > 64 && Count < slots.Length / 4)
        {
            Resize(slots.Length / 2);
        }

        return message;
    }

    // The length stays a power of two, so that a position is found with a mask.
    private void Resize(int length)
    {
        var resized = new StreamMessage?[length];
        for (var i = 0; i < Count; i++)
        {
            resized[i] = this[i];
        }

        (slots, first) = (resized, 0);
    }
}
