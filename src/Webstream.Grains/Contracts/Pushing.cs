using Webstream.Protocol;

namespace Webstream.Grains;

/// <summary>A push as it is sent to the owner of its stream.</summary>
/// <param name="Items">1 to 256 messages, together at most 256 KiB; checked by the gateway.</param>
/// <param name="Key">
/// The idempotency key, with the caller whose it is (<see cref="CallerKey"/>). There always is one: the gateway gives a key to a push that came without.
/// </param>
/// <param name="Patience">How long the pusher waits. The owner drops a push that it has not numbered by then; it does not append it later.</param>
[GenerateSerializer, Alias("webstream.PublishCommand"), Immutable]
public sealed record PushCommand(
    [property: Id(0)] PushItem[] Items,
    [property: Id(1)] string Key,
    [property: Id(2)] TimeSpan Patience)
{
    /// <summary>
    /// The key without its caller, as gateways of older versions send it; none when there is none. The first try of this push may have gone in with
    /// it: before an upgrade, or with a key that a gateway gave to it because it had none.
    /// </summary>
    [Id(3)]
    public string? OlderKey { get; init; }

    /// <summary>The named key of the caller, and what its streams may hold; none when it came without, or from a gateway of an older version.</summary>
    [Id(4)]
    public CallerQuota? Quota { get; init; }
}

/// <summary>The outcome of a push. The numbers cross the wire, so they never change.</summary>
[GenerateSerializer, Alias("webstream.PublishOutcome")]
public enum PushOutcome
{
    /// <summary>Numbered, and in the history.</summary>
    Accepted = 0,

    /// <summary>The key was known: nothing was pushed again, and the answer has the first push's sequences.</summary>
    Duplicate = 1,

    /// <summary>The key was known with other content: nothing was pushed.</summary>
    KeyReused = 2,

    /// <summary>Too many pushes wait: nothing was pushed.</summary>
    Overloaded = 3,

    /// <summary>The pusher's patience ran out before its turn: nothing was pushed.</summary>
    Expired = 4,

    /// <summary>This activation is not the stream's owner any more, and nothing was pushed: ask again with the same key.</summary>
    Retry = 5,

    /// <summary>The history does not answer, or refuses (<see cref="PushResult.Refusal"/>), and nothing was pushed: ask again later.</summary>
    Unavailable = 6,

    /// <summary>The history has not answered yet, and the messages may be in it: ask again with the same key.</summary>
    Unknown = 7,

    /// <summary>The silo holds as many streams as it may, and this would be one more: nothing was pushed.</summary>
    Full = 8,

    /// <summary>The stream is closed: nothing was pushed, and nothing will be.</summary>
    Closed = 9,

    /// <summary>The stream's history was moved away and goes on elsewhere: nothing was pushed.</summary>
    Moved = 12,

    /// <summary>The key has as many streams with messages as it may, and this would be one more: nothing was pushed.</summary>
    OverStreams = 13,

    /// <summary>The streams that the key began would retain more bytes than they may: nothing was pushed.</summary>
    OverBytes = 14,

    /// <summary>The same, and it is another key that began the stream: nothing was pushed.</summary>
    FounderOverBytes = 15,
}

/// <summary>The answer to a push.</summary>
[GenerateSerializer, Alias("webstream.PublishAnswer"), Immutable]
public sealed record PushResult
{
    /// <summary>The outcome.</summary>
    [Id(0)]
    public required PushOutcome Outcome { get; init; }

    /// <summary>The stream's state at that moment.</summary>
    [Id(1)]
    public required StreamStatus Status { get; init; }

    /// <summary>The sequence of the first message, when the push was accepted now or before.</summary>
    [Id(2)]
    public long First { get; init; }

    /// <summary>How many messages were accepted.</summary>
    [Id(3)]
    public int Count { get; init; }

    /// <summary>When the stream accepted the messages.</summary>
    [Id(4)]
    public DateTimeOffset Timestamp { get; init; }

    /// <summary>
    /// Why the history refuses, for people: a sentence without its full stop. It refuses every retry until somebody mends the cause.
    /// None: it did not refuse.
    /// </summary>
    [Id(5)]
    public string? Refusal { get; init; }

    /// <summary>
    /// The epoch in which the messages were accepted: the stream may be in another one by now. 0 where a silo of an older version answers.
    /// </summary>
    [Id(6)]
    public ulong Epoch { get; init; }

    /// <summary>The id of the first message, when the push was accepted now or before.</summary>
    public Protocol.EventId FirstId => new(Epoch != 0 ? Epoch : Status.Epoch, First);
}
