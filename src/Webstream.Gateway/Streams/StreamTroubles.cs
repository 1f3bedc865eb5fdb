namespace Webstream.Gateway.Streams;

/// <summary>
/// What streams cannot do for a while. Thousands of streams can meet the same trouble at once, so it is logged once when it begins and once
/// when it is over, not for each stream.
/// </summary>
internal sealed partial class StreamTroubles(ILogger<StreamTroubles> logger)
{
    /// <summary>Subscribing to streams.</summary>
    public Trouble Subscribing { get; } = new(
        reason => LogNotSubscribed(logger, reason), count => LogSubscribed(logger, count));

    /// <summary>Fetching what the memory stream did not bring.</summary>
    public Trouble Fetching { get; } = new(
        reason => LogNotFetched(logger, reason), count => LogFetched(logger, count));

    [LoggerMessage(1, LogLevel.Warning, "Streams cannot be subscribed to ({Reason}); their messages are fetched meanwhile")]
    private static partial void LogNotSubscribed(ILogger logger, string reason);

    [LoggerMessage(2, LogLevel.Information, "Streams can be subscribed to again, after {Count} tries that failed")]
    private static partial void LogSubscribed(ILogger logger, long count);

    [LoggerMessage(3, LogLevel.Warning, "Missing messages cannot be fetched ({Reason}); trying again")]
    private static partial void LogNotFetched(ILogger logger, string reason);

    [LoggerMessage(4, LogLevel.Information, "Missing messages can be fetched again, after {Count} tries that failed")]
    private static partial void LogFetched(ILogger logger, long count);
}
