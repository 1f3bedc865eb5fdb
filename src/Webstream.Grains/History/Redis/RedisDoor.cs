using System.Net.Sockets;
using StackExchange.Redis;
using Webstream.Grains.Trial;

namespace Webstream.Grains.History.Redis;

/// <summary>
/// Finds out, while there is no connection, whether Redis lets this process in. Redis reports a changed password only to a new connection,
/// and the library does not tell why its own reconnects fail. Safe for any thread.
/// </summary>
internal sealed class RedisDoor
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly ConfigurationOptions options;
    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private Task asking = Task.CompletedTask;
    private long? askedAt;
    private volatile RedisRefusal? refusal;

    /// <param name="redis">The connection that is watched.</param>
    /// <param name="options">Its options; none: those that it tells, which cannot have every password.</param>
    /// <param name="time">The clock.</param>
    public RedisDoor(IConnectionMultiplexer redis, ConfigurationOptions? options, TimeProvider time)
    {
        (this.options, this.time) = (options ?? ConfigurationOptions.Parse(redis.Configuration), time);
        redis.ConnectionRestored += (_, what) => refusal = what.ConnectionType == ConnectionType.Interactive ? null : refusal;
    }

    /// <summary>A request found no connection: tries one of its own in the background, at most once a second.</summary>
    /// <returns>Why Redis does not let this process in, if that is known; none when Redis does not answer.</returns>
    public RedisRefusal? Knock()
    {
        lock (gate)
        {
            if (asking.IsCompleted && (askedAt is not { } before || time.GetElapsedTime(before) >= Fresh))
            {
                askedAt = time.GetTimestamp();
                asking = Task.Run(AskAsync);
            }
        }

        return refusal;
    }

    private async Task AskAsync()
    {
        var once = options.Clone();
        once.AbortOnConnectFail = true;
        var report = new StringWriter();
        try
        {
            await using var connection = await ConnectionMultiplexer.ConnectAsync(once, report);
            refusal = null;
        }
        catch (Exception failure) when (failure is RedisException or SocketException or TimeoutException)
        {
            refusal = RedisReport.RefusalIn(failure, report.ToString());
        }
    }
}
