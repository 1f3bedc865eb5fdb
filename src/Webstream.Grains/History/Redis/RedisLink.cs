using StackExchange.Redis;
using Webstream.Grains.Trial;

namespace Webstream.Grains.History.Redis;

/// <summary>Sends requests to Redis, and translates its failures for a history.</summary>
internal sealed class RedisLink(IConnectionMultiplexer redis, TimeProvider time, RedisUser? user = null)
{
    private readonly RedisDoor door = new(redis, user?.Options, time);

    /// <summary>The connection.</summary>
    public IConnectionMultiplexer Connection => redis;

    /// <summary>Sends a request.</summary>
    /// <exception cref="HistoryAwayException">Redis does not answer, or refuses.</exception>
    public async Task<T> AskAsync<T>(Func<IDatabase, Task<T>> question)
    {
        try
        {
            return await question(redis.GetDatabase());
        }
        catch (RedisServerException failure)
        {
            throw RedisFailures.Refused(RedisRefusal.Of(failure.Message), maybeIn: false);
        }
        catch (Exception failure) when (RedisFailures.IsAway(failure))
        {
            var maybeIn = RedisFailures.MayHaveRun(failure);
            throw failure is RedisConnectionException && !maybeIn && door.Knock() is { } refusal
                ? RedisFailures.Refused(refusal with { NotSent = true }, maybeIn: false)
                : new HistoryAwayException($"Redis does not answer ({RedisFailures.Word(failure)})", maybeIn);
        }
    }
}
