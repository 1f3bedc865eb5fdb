using StackExchange.Redis;

namespace Webstream.Grains.Log.Redis;

/// <summary>Tells the failures of Redis apart by what they mean for a pusher.</summary>
internal static class RedisFailures
{
    // Answers with which Redis says that it has not carried out a command, and that a later try may succeed.
    private static readonly string[] NotNow = ["LOADING", "READONLY", "OOM", "MISCONF", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY", "NOREPLICAS"];

    public static bool IsAway(Exception failure) =>
        failure is RedisConnectionException or RedisTimeoutException or ObjectDisposedException or OperationCanceledException
        || (failure is RedisServerException server && IsNotNow(server));

    /// <summary>Whether the command may have run, and only its answer is missing.</summary>
    public static bool MayHaveRun(Exception failure) => failure switch
    {
        RedisServerException => false,
        RedisConnectionException connection => connection.CommandStatus is CommandStatus.Sent or CommandStatus.Unknown && connection.FailureType != ConnectionFailureType.UnableToResolvePhysicalConnection,
        RedisTimeoutException timeout => timeout.Commandstatus is CommandStatus.Sent or CommandStatus.Unknown,
        _ => true,
    };

    private static bool IsNotNow(RedisServerException failure) =>
        NotNow.Any(word => failure.Message.StartsWith(word, StringComparison.Ordinal));
}
