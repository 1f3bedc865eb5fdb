using Webstream.Protocol;

namespace Webstream.Grains;

/// <summary>The state of a stream, as its owner reports it. Part of every answer.</summary>
[GenerateSerializer, Alias("webstream.StreamStatus"), Immutable]
public sealed record StreamStatus
{
    /// <summary>The epoch; 0 before the first message.</summary>
    [Id(0)]
    public required ulong Epoch { get; init; }

    /// <summary>The newest sequence; 0 before the first message.</summary>
    [Id(1)]
    public required long Head { get; init; }

    /// <summary>The oldest retained sequence; one more than <see cref="Head"/> when nothing is retained.</summary>
    [Id(2)]
    public required long Oldest { get; init; }

    /// <summary>The listeners on all gateways whose lease runs.</summary>
    [Id(3)]
    public required int Clients { get; init; }

    /// <summary>The gateways that have at least one of these listeners.</summary>
    [Id(4)]
    public required int Gateways { get; init; }

    /// <summary>The activation of the grain that answers: a new activation knows no listeners until the gateways report them.</summary>
    [Id(5)]
    public required Guid Activation { get; init; }

    /// <summary>False while gateways may not have reported to this activation yet.</summary>
    [Id(6)]
    public required bool Settled { get; init; }

    /// <summary>When the newest message was pushed.</summary>
    [Id(7)]
    public DateTimeOffset? LastMessageAt { get; init; }

    /// <summary>When the oldest retained message was pushed.</summary>
    [Id(8)]
    public DateTimeOffset? OldestMessageAt { get; init; }

    /// <summary>The epoch of this stream that ended last because it gave way to others; 0 when none is known.</summary>
    [Id(9)]
    public ulong Forgotten { get; init; }

    /// <summary>The sequence of the end mark, when the stream is closed; else 0.</summary>
    [Id(10)]
    public long End { get; init; }

    /// <summary>
    /// Tells the epochs of the stream apart by their order: it rises with each, and also when the history ends. 0 from an owner of an older
    /// version, which does not know it.
    /// </summary>
    [Id(11)]
    public long Life { get; init; }

    /// <summary>The epoch of this stream that ended last because it was deleted; 0 when none is known.</summary>
    [Id(12)]
    public ulong Deleted { get; init; }

    /// <summary>How many of <see cref="Clients"/> are pages of unknown origin.</summary>
    [Id(13)]
    public int Foreign { get; init; }

    /// <summary>When the owner answered, by the clock with which messages are stamped; none from an owner of an older version.</summary>
    [Id(14)]
    public DateTimeOffset? AnsweredAt { get; init; }

    /// <summary>The state of a stream that has neither history nor listeners, and no owner either.</summary>
    /// <param name="forgotten"><see cref="Forgotten"/>.</param>
    public static StreamStatus Unused(ulong forgotten) => new()
    {
        Epoch = 0,
        Head = 0,
        Oldest = 1,
        Clients = 0,
        Gateways = 0,
        Activation = Guid.Empty,
        Settled = true,
        Forgotten = forgotten,
    };

    /// <summary>The head as an event id.</summary>
    public EventId HeadId => new(Epoch, Head);
}
