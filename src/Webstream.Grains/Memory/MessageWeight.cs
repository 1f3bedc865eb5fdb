using Webstream.Grains.History;
using Webstream.Protocol;

namespace Webstream.Grains.Memory;

/// <summary>
/// The weight of messages and their keys in the memory of a silo, in bytes: the measure of <see cref="MemoryBudget"/>. On the wire and in a
/// stream's own bounds a message weighs less (<see cref="MessageSize"/>): there an option of one letter is one byte, here it is an object.
/// </summary>
internal static class MessageWeight
{
    /// <summary>The owner's own weight: Orleans' part of it, its timer, its empty queues, and the empty history.</summary>
    public const int Owner = 10_000;

    // The object and its place in the ring buffer, which has spare capacity.
    private const int Message = 120 + 12;

    private const int Array = 24;
    private const int Reference = 8;

    // The record and its places in a dictionary and a queue, which have spare capacity.
    private const int Key = 80 + 42 + 12;

    /// <summary>What a retained message weighs.</summary>
    public static int Of(StreamMessage message) => Of(message.Message, message.Event, message.Source, message.Options);

    /// <summary>The weight of the message that this item becomes.</summary>
    public static int Of(PushItem item) => Of(item.Message, item.Event, item.Source, item.Options);

    /// <summary>What a remembered key weighs.</summary>
    public static int Of(KeyRecord key) => Key + Of(key.Key);

    /// <summary>What a text weighs: two bytes a character, and the object.</summary>
    public static int Of(string? text) => text is null ? 0 : (22 + (2 * text.Length) + 7) & ~7;

    private static int Of(string message, string? eventType, string? source, IReadOnlyList<string>? options)
    {
        var weight = Message + Of(message) + Of(eventType) + Of(source);
        if (options is not null)
        {
            weight += Array;
            for (var i = 0; i < options.Count; i++)
            {
                weight += Reference + Of(options[i]);
            }
        }

        return weight;
    }
}
