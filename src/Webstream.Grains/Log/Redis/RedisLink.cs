using StackExchange.Redis;
using Webstream.Grains.Trial;

namespace Webstream.Grains.Log.Redis;

/// <summary>Asks Redis, and says what its failures mean to a log.</summary>
internal sealed class RedisLink
{
    private readonly IConnectionMultiplexer redis;
    private volatile RedisRefusal? notLetIn;

    public RedisLink(IConnectionMultiplexer redis)
    {
        this.redis = redis;
        // A password that was changed, or a right that was taken away, is told to a connection that is made anew, and to nobody else.
        redis.ConnectionFailed += (_, what) => notLetIn = what.ConnectionType == ConnectionType.Interactive ? RedisFailures.NotLetIn(what.Exception) ?? notLetIn : notLetIn;
        redis.ConnectionRestored += (_, what) => notLetIn = what.ConnectionType == ConnectionType.Interactive ? null : notLetIn;
    }

    /// <summary>The connection.</summary>
    public IConnectionMultiplexer Connection => redis;

    /// <summary>Asks.</summary>
    /// <exception cref="LogAwayException">Redis does not answer, or refuses.</exception>
    public async Task<T> AskAsync<T>(Func<IDatabase, Task<T>> question)
    {
        try
        {
            return await question(redis.GetDatabase());
        }
        catch (RedisServerException failure)
        {
            throw Refused(RedisRefusal.Of(failure.Message), maybeIn: false);
        }
        catch (Exception failure) when (RedisFailures.IsAway(failure))
        {
            throw notLetIn is { } refusal && failure is RedisConnectionException && !RedisFailures.MayHaveRun(failure)
                ? Refused(refusal with { NotSent = true }, maybeIn: false)
                : new LogAwayException($"Redis does not answer ({RedisFailures.Word(failure)})", RedisFailures.MayHaveRun(failure));
        }
    }

    private static LogAwayException Refused(RedisRefusal refusal, bool maybeIn) => new(refusal.What, maybeIn)
    {
        Redis = refusal,
        Refusal = refusal.Kind is RedisRefusalKind.Passing ? null : refusal.What,
    };
}
