namespace Webstream.Grains;

/// <summary>
/// A stream's own settings, as somebody set them. An absent one is what configuration says. They stay when the stream's history ends.
/// </summary>
[GenerateSerializer, Alias("webstream.StreamSettings"), Immutable]
public sealed record StreamSettings
{
    /// <summary>The longest description, in characters.</summary>
    public const int MaxDescription = 500;

    /// <summary>No setting of its own.</summary>
    public static StreamSettings None { get; } = new();

    /// <summary>The most messages that the stream retains.</summary>
    [Id(0)]
    public int? RetainedMessages { get; init; }

    /// <summary>The most bytes that the stream retains.</summary>
    [Id(1)]
    public long? RetainedBytes { get; init; }

    /// <summary>How long a message is retained; whole milliseconds.</summary>
    [Id(2)]
    public TimeSpan? Retention { get; init; }

    /// <summary>What the stream is for, for people; at most <see cref="MaxDescription"/> characters.</summary>
    [Id(3)]
    public string? Description { get; init; }

    /// <summary>Nothing is set: there is nothing to store, and the stream takes no place.</summary>
    public bool IsNone => this == None;
}
