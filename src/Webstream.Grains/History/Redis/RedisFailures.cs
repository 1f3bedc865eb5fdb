using StackExchange.Redis;
using Webstream.Grains.Trial;

namespace Webstream.Grains.History.Redis;

/// <summary>What a failure of Redis to answer means for a push.</summary>
internal static class RedisFailures
{
    /// <summary>Whether Redis did not answer at all.</summary>
    public static bool IsAway(Exception failure) =>
        failure is RedisConnectionException or RedisTimeoutException or ObjectDisposedException or OperationCanceledException;

    /// <summary>Whether the command may have run, and only its answer is missing.</summary>
    public static bool MayHaveRun(Exception failure) => failure switch
    {
        RedisConnectionException connection => connection.CommandStatus is CommandStatus.Sent or CommandStatus.Unknown && connection.FailureType != ConnectionFailureType.UnableToResolvePhysicalConnection,
        RedisTimeoutException timeout => timeout.Commandstatus is CommandStatus.Sent or CommandStatus.Unknown,
        _ => true,
    };

    /// <summary>A word for the failure. The library's own texts contain addresses and settings, which may hold a piece of a secret.</summary>
    public static string Word(Exception failure) => failure switch
    {
        RedisConnectionException connection => connection.FailureType.ToString(),
        RedisTimeoutException => "time-out",
        _ => failure.GetType().Name,
    };

    /// <summary>The failure of a request that Redis refused. A refusal that passes by itself is no reason to tell a pusher.</summary>
    public static HistoryAwayException Refused(RedisRefusal refusal, bool maybeIn) => new(refusal.What, maybeIn)
    {
        Redis = refusal,
        Refusal = refusal.Kind is RedisRefusalKind.Passing ? null : refusal.What,
    };
}
