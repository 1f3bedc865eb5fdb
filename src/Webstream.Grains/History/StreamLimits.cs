namespace Webstream.Grains.History;

/// <summary>The values that the bounds of a stream can have at all.</summary>
public static class StreamLimits
{
    /// <summary>The most messages that can be set.</summary>
    public const int MostMessages = 10_000_000;

    /// <summary>The least bytes that can be set.</summary>
    public const long LeastBytes = 1024;

    /// <summary>The shortest retention that can be set.</summary>
    public static readonly TimeSpan LeastRetention = TimeSpan.FromSeconds(1);

    /// <summary>The longest retention that can be set.</summary>
    public static readonly TimeSpan MostRetention = TimeSpan.FromDays(3650);

    /// <summary>Whether settings can be those of a stream.</summary>
    public static bool Allow(StreamSettings settings) =>
        (settings.RetainedMessages is null or (> 0 and <= MostMessages))
        && (settings.RetainedBytes is null or >= LeastBytes)
        && (settings.Retention is not { } retention || (retention >= LeastRetention && retention <= MostRetention))
        && (settings.Description is not { } text || (text.Length is > 0 and <= StreamSettings.MaxDescription && !text.Any(char.IsControl)));
}
