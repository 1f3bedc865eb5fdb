using Webstream.Protocol;

namespace Webstream.Grains;

/// <summary>A push on its way to the owner of its stream.</summary>
/// <param name="Items">1 to 256 messages, together at most 256 KiB; checked by the gateway.</param>
/// <param name="Key">The idempotency key. There always is one: the gateway gives one to a push that came without.</param>
/// <param name="Patience">How long the pusher waits. A push that was not numbered by then is dropped, not appended later.</param>
[GenerateSerializer, Alias("webstream.PublishCommand"), Immutable]
public sealed record PushCommand(
    [property: Id(0)] PushItem[] Items,
    [property: Id(1)] string Key,
    [property: Id(2)] TimeSpan Patience);

/// <summary>What became of a push. The numbers cross the wire and stay.</summary>
[GenerateSerializer, Alias("webstream.PublishOutcome")]
public enum PushOutcome
{
    /// <summary>Numbered, and in the log.</summary>
    Accepted = 0,

    /// <summary>The key was known: nothing was pushed again, and the answer tells the first push's numbers.</summary>
    Duplicate = 1,

    /// <summary>The key was known with another content: nothing was pushed.</summary>
    KeyReused = 2,

    /// <summary>Too many pushes wait: nothing was pushed.</summary>
    Overloaded = 3,

    /// <summary>The pusher's patience ran out before its turn: nothing was pushed.</summary>
    Expired = 4,

    /// <summary>This activation is not the stream's owner any more, and nothing was pushed: ask again with the same key.</summary>
    Retry = 5,

    /// <summary>The log does not answer, or refuses (<see cref="PushResult.Refusal"/>), and nothing was pushed: ask again later.</summary>
    Unavailable = 6,

    /// <summary>The log has not answered yet, and the messages may be in it: ask again with the same key.</summary>
    Unknown = 7,

    /// <summary>The silo holds as many streams as it may, and this would be one more: nothing was pushed.</summary>
    Full = 8,
}

/// <summary>The answer to a push.</summary>
[GenerateSerializer, Alias("webstream.PublishAnswer"), Immutable]
public sealed record PushResult
{
    /// <summary>What became of it.</summary>
    [Id(0)]
    public required PushOutcome Outcome { get; init; }

    /// <summary>The stream's state at that moment.</summary>
    [Id(1)]
    public required StreamStatus Status { get; init; }

    /// <summary>The sequence of the first message, when it was accepted now or before.</summary>
    [Id(2)]
    public long First { get; init; }

    /// <summary>How many messages were accepted.</summary>
    [Id(3)]
    public int Count { get; init; }

    /// <summary>When the stream took them.</summary>
    [Id(4)]
    public DateTimeOffset Timestamp { get; init; }

    /// <summary>
    /// Why the log refuses, for people: a sentence without its full stop. It will say the same again until somebody changes what is wrong.
    /// None: it did not refuse.
    /// </summary>
    [Id(5)]
    public string? Refusal { get; init; }
}
