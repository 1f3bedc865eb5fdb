using System.Text.Json.Serialization;

namespace Webstream.Protocol;

/// <summary>One message to push. It is checked on entry: see <see cref="PushRules"/>.</summary>
public sealed record PushItem
{
    /// <summary>The text: never empty, well-formed Unicode.</summary>
    public required string Message { get; init; }

    /// <summary>The message's type, or none.</summary>
    public string? Event { get; init; }

    /// <summary>Who pushes, or none.</summary>
    public string? Source { get; init; }

    /// <summary>True only when a key vouches for <see cref="Source"/>.</summary>
    public bool SourceVerified { get; init; }

    /// <summary>The message this one answers, or none.</summary>
    public EventId? InReplyTo { get; init; }

    /// <summary>The answers that a question offers, or none.</summary>
    public IReadOnlyList<string>? Options { get; init; }

    /// <summary>The size of the message, in bytes; see <see cref="MessageSize"/>.</summary>
    [JsonIgnore]
    public int Size => MessageSize.Of(Message, Event, Source, Options);

    /// <summary>The message that this becomes when the stream takes it.</summary>
    public StreamMessage Numbered(EventId id, StreamName stream, DateTimeOffset timestamp) => new()
    {
        Id = id,
        Stream = stream,
        Timestamp = timestamp,
        // A gateway of an older version may pass on a type that pushers may not use any more.
        Event = EventType.WasOpen(Event) ? EventType.ShownAs(Event!) : Event,
        Message = Message,
        Source = Source,
        SourceVerified = SourceVerified,
        InReplyTo = InReplyTo,
        Options = Options,
    };
}

/// <summary>Messages for one stream. All of them are pushed or none, in order and without other messages between them.</summary>
/// <param name="Stream">The stream they are for.</param>
/// <param name="Items">1 to <see cref="PushRules.MaxBatchMessages"/> messages, together at most <see cref="PushRules.MaxBatchBytes"/>.</param>
/// <param name="IdempotencyKey">A second push with the same key pushes nothing and gets the first answer. Null: the gateway gives a key.</param>
public sealed record PushRequest(StreamName Stream, IReadOnlyList<PushItem> Items, string? IdempotencyKey = null)
{
    /// <summary>Whose <see cref="IdempotencyKey"/> it is: the same text of two callers is two keys. Null: of callers without an API key.</summary>
    public string? Caller { get; init; }

    /// <summary>What the streams of the caller's key may hold. Null: it came without a named key, and no stream counts for it.</summary>
    public CallerQuota? Quota { get; init; }
}

/// <summary>The result of a push. The caller gets it only when the messages are numbered and in the stream's history.</summary>
public sealed record PushReceipt
{
    /// <summary>The stream.</summary>
    public required StreamName Stream { get; init; }

    /// <summary>The id of the first message.</summary>
    public required EventId FirstId { get; init; }

    /// <summary>The id of the last message; the same as the first for a single one.</summary>
    public required EventId LastId { get; init; }

    /// <summary>When the stream took them.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The listeners of the stream on every gateway, at the moment of the push.</summary>
    public required int Clients { get; init; }

    /// <summary>The number of gateways that have these listeners.</summary>
    public required int Gateways { get; init; }

    /// <summary>How many of <see cref="Clients"/> are pages of an origin that the gateway does not know.</summary>
    public int Foreign { get; init; }

    /// <summary>The key had been used before, and nothing was pushed again.</summary>
    public bool Duplicate { get; init; }

    /// <summary>False for one report interval after the stream's owner changed: the count may still be growing.</summary>
    public bool Settled { get; init; } = true;
}
