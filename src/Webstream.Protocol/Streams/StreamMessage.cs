using System.Text;
using System.Text.Json.Serialization;

namespace Webstream.Protocol;

/// <summary>
/// A message of a stream. <c>format=json</c> puts its JSON form in <c>data</c>, and the reading API answers with it.
/// The JSON form leaves out absent members.
/// </summary>
public sealed record StreamMessage
{
    /// <summary>The position of the message; never used twice.</summary>
    public required EventId Id { get; init; }

    /// <summary>The stream it belongs to.</summary>
    public required StreamName Stream { get; init; }

    /// <summary>When the stream took it, UTC, to the microsecond. Never runs backwards within a stream.</summary>
    [JsonConverter(typeof(TimestampJsonConverter))]
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The type that the pusher gave it; see <see cref="EventType"/>.</summary>
    public string? Event { get; init; }

    /// <summary>The text: never empty, well-formed Unicode.</summary>
    public required string Message { get; init; }

    /// <summary>The pusher, as it names itself; at most 64 characters.</summary>
    public string? Source { get; init; }

    /// <summary>True only when a key vouches for <see cref="Source"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool SourceVerified { get; init; }

    /// <summary>The message of the same stream that this one answers.</summary>
    public EventId? InReplyTo { get; init; }

    /// <summary>The answers that a question offers.</summary>
    public IReadOnlyList<string>? Options { get; init; }

    /// <summary>This is the end mark of a closed stream: its newest message, and the last of its epoch.</summary>
    [JsonPropertyName("end"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsEnd { get; init; }

    /// <summary>The end mark of a stream.</summary>
    public static StreamMessage EndOf(StreamName stream, EventId id, DateTimeOffset timestamp) => new()
    {
        Id = id,
        Stream = stream,
        Timestamp = timestamp,
        Event = EventType.End,
        Message = "The stream has ended.",
        IsEnd = true,
    };

    /// <summary>
    /// The message as it is shown. Older versions let pushers use types that only the gateway says now: <c>end</c> is shown as <c>x-end</c>.
    /// </summary>
    public StreamMessage Shown() => EventType.WasOpen(Event) && !IsEnd ? this with { Event = EventType.ShownAs(Event!) } : this;

    /// <summary>The size of the message in a batch, a history or a queue, in bytes: its text in UTF-8 and an allowance for the rest.</summary>
    [JsonIgnore]
    public int Size => MessageSize.Of(Message, Event, Source, Options);
}

/// <summary>The one measure by which batches, histories and queues are bounded.</summary>
public static class MessageSize
{
    /// <summary>A fixed cost of every message, in bytes: its numbers and its object.</summary>
    public const int Overhead = 128;

    /// <summary>The size in bytes.</summary>
    public static int Of(string message, string? eventType, string? source, IReadOnlyList<string>? options)
    {
        var size = Overhead + Encoding.UTF8.GetByteCount(message) + (eventType?.Length ?? 0) + (source is null ? 0 : Encoding.UTF8.GetByteCount(source));
        for (var i = 0; options is not null && i < options.Count; i++)
        {
            size += Encoding.UTF8.GetByteCount(options[i]);
        }

        return size;
    }
}
