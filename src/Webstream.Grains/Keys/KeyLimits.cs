namespace Webstream.Grains;

/// <summary>How much whoever has a key may do. An absent limit is as for everybody.</summary>
[GenerateSerializer, Alias("webstream.KeyLimits"), Immutable]
public sealed record KeyLimits
{
    /// <summary>Messages a second; a batch counts as what it holds.</summary>
    [Id(0)]
    public long? MessagesPerSecond { get; init; }

    /// <summary>Bytes of messages a second.</summary>
    [Id(1)]
    public long? BytesPerSecond { get; init; }

    /// <summary>Names of streams a minute that had no messages before.</summary>
    [Id(2)]
    public long? NewStreamsPerMinute { get; init; }

    /// <summary>Listeners at a time.</summary>
    [Id(3)]
    public long? Listeners { get; init; }

    /// <summary>Streams that were begun with it and have messages, over the whole cluster.</summary>
    [Id(4)]
    public long? Streams { get; init; }

    /// <summary>Bytes that these retain together, whoever pushed them.</summary>
    [Id(5)]
    public long? Bytes { get; init; }
}
