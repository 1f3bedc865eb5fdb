using StackExchange.Redis;
using Webstream.Grains.Trial;

namespace Webstream.Grains.Log.Redis;

/// <summary>What it means to a pusher that Redis did not answer.</summary>
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

    /// <summary>In a word what happened. The library's own texts have addresses and settings in them, which may hold a piece of a secret.</summary>
    public static string Word(Exception failure) => failure switch
    {
        RedisConnectionException connection => connection.FailureType.ToString(),
        RedisTimeoutException => "time-out",
        _ => failure.GetType().Name,
    };

    /// <summary>Why Redis did not let a new connection in, if that is what happened.</summary>
    public static RedisRefusal? NotLetIn(Exception? failure)
    {
        for (; failure is not null; failure = failure.InnerException)
        {
            if (failure is RedisServerException || failure is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure })
            {
                foreach (var word in failure.Message.Split(["Error: ", ", "], StringSplitOptions.TrimEntries))
                {
                    if (RedisRefusal.Of(word) is { Kind: RedisRefusalKind.Command or RedisRefusalKind.Login } refusal)
                    {
                        return refusal;
                    }
                }
            }
        }

        return null;
    }
}
