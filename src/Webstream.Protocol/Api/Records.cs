using System.Text.Json.Serialization;

namespace Webstream.Protocol;

/// <summary>The body of a push, or one line of a batch. Unknown members are ignored.</summary>
public sealed record PushBody
{
    /// <summary>The text. Required.</summary>
    public string? Message { get; init; }

    /// <summary>The stream; <c>main</c> when absent.</summary>
    public string? Stream { get; init; }

    /// <summary>The event type.</summary>
    public string? Event { get; init; }

    /// <summary>The idempotency key; the header <c>Idempotency-Key</c> says the same.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Who pushes.</summary>
    public string? Source { get; init; }

    /// <summary>The id of the message that this one answers.</summary>
    public string? InReplyTo { get; init; }

    /// <summary>The answers that a question offers.</summary>
    public string[]? Options { get; init; }
}

/// <summary>The answer to a push of one message. The first four members are the original's.</summary>
public sealed record PushAnswer(
    string Status,
    string Message,
    [property: JsonConverter(typeof(TimestampJsonConverter))] DateTimeOffset Timestamp,
    int Clients,
    EventId Id,
    StreamName Stream,
    string? Event,
    int Gateways,
    bool Duplicate,
    bool? Settled)
{
    /// <summary>How many of <see cref="Clients"/> are pages of an origin that the gateway does not know. Left out when there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Foreign { get; init; }

    /// <summary>The answer for a receipt.</summary>
    public static PushAnswer From(PushReceipt receipt, PushItem item) => new(
        "success", item.Message, receipt.Timestamp, receipt.Clients, receipt.FirstId, receipt.Stream, item.Event,
        receipt.Gateways, receipt.Duplicate, receipt.Settled ? null : false)
    { Foreign = receipt.Foreign };
}

/// <summary>The answer to a batch.</summary>
public sealed record BatchAnswer(
    string Status,
    int Accepted,
    EventId FirstId,
    EventId LastId,
    StreamName Stream,
    [property: JsonConverter(typeof(TimestampJsonConverter))] DateTimeOffset Timestamp,
    int Clients,
    int Gateways,
    bool Duplicate,
    bool? Settled)
{
    /// <summary>How many of <see cref="Clients"/> are pages of an origin that the gateway does not know. Left out when there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Foreign { get; init; }

    /// <summary>The answer for a receipt.</summary>
    public static BatchAnswer From(PushReceipt receipt, int count) => new(
        "success", count, receipt.FirstId, receipt.LastId, receipt.Stream, receipt.Timestamp,
        receipt.Clients, receipt.Gateways, receipt.Duplicate, receipt.Settled ? null : false)
    { Foreign = receipt.Foreign };
}

/// <summary>The answer to <c>GET /api/streams</c>.</summary>
/// <param name="Streams">The streams, ordered by name.</param>
/// <param name="Next">Where the next page begins: pass it as <c>after</c>. Null on the last page.</param>
public sealed record StreamList(IReadOnlyList<StreamSummary> Streams, StreamName? Next = null);

/// <summary>The <c>Connected at</c> event in <c>format=json</c>.</summary>
public sealed record ConnectedRecord(
    EventId Id,
    StreamName Stream,
    [property: JsonConverter(typeof(TimestampJsonConverter))] DateTimeOffset Timestamp,
    string Event,
    string Message);

/// <summary>The <c>end</c> event of a closed stream.</summary>
public sealed record EndRecord(EventId Id, [property: JsonConverter(typeof(TimestampJsonConverter))] DateTimeOffset Timestamp);

/// <summary>The <c>denied</c> event of a listener that may not listen, or not any more.</summary>
/// <param name="Error">Why, and what to do about it.</param>
public sealed record DeniedRecord(string Error);

/// <summary>The answer to <c>POST /api/streams/{name}/close</c>: the stream's end, the same however often it is closed.</summary>
public sealed record CloseAnswer(
    string Status, StreamName Stream, EventId Id, [property: JsonConverter(typeof(TimestampJsonConverter))] DateTimeOffset Timestamp);

/// <summary>The answer to <c>DELETE /api/streams/{name}</c>.</summary>
/// <param name="Status">Always <c>success</c>.</param>
/// <param name="Stream">The stream.</param>
/// <param name="Head">Its head now: the beginning of the new epoch.</param>
public sealed record DeleteAnswer(string Status, StreamName Stream, EventId Head);

/// <summary>The settings of a stream as they hold: its own, else those that configuration gives.</summary>
/// <param name="RetainedMessages">The most messages that it retains.</param>
/// <param name="RetainedBytes">The most bytes that it retains.</param>
/// <param name="Retention">How long it retains a message, as <c>d.hh:mm:ss</c>.</param>
/// <param name="Description">What it is for; null when nobody said.</param>
/// <param name="Read">Who may listen and read without a key: <c>open</c> or <c>key</c>.</param>
/// <param name="Write">Who may push without a key: <c>loopback</c>, <c>key</c> or <c>open</c>.</param>
/// <param name="Listed">Whether lists name it to callers that have no key for it.</param>
/// <param name="Closed">It takes no more pushes.</param>
public sealed record SettingsRecord(
    int RetainedMessages, long RetainedBytes, TimeSpan Retention, string? Description, string Read, string Write, bool Listed, bool Closed);

/// <summary>The answer to <c>GET /api/info</c>: which product this is, and which instance of it.</summary>
/// <param name="Name">Always <c>webstream</c>.</param>
/// <param name="Version">The product's version.</param>
/// <param name="Instance">An id that is different after every start.</param>
/// <param name="StartedAt">When this instance started.</param>
/// <param name="Listeners">The listeners of all streams on this gateway.</param>
public sealed record GatewayInfo(
    string Name,
    string Version,
    string Instance,
    [property: JsonConverter(typeof(TimestampJsonConverter))] DateTimeOffset StartedAt,
    int Listeners)
{
    /// <summary>The time between two keepalives of an event stream, in seconds; null from a gateway that does not say it.</summary>
    public double? KeepaliveSeconds { get; init; }

    /// <summary>Where the history is: <c>disk</c>, <c>memory</c>, <c>redis</c> or, with silos elsewhere, <c>silo</c>; null from a gateway that does not say it.</summary>
    public string? History { get; init; }
}
