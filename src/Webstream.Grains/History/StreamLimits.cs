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
}
