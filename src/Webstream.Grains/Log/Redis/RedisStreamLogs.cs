using Microsoft.Extensions.Options;
using Orleans.Configuration;
using StackExchange.Redis;
using Webstream.Protocol;

namespace Webstream.Grains.Log.Redis;

/// <summary>The histories in Redis.</summary>
internal sealed class RedisStreamLogs(IConnectionMultiplexer redis, IOptions<LogOptions> options, IOptions<ClusterOptions> cluster, LogMetrics metrics, TimeProvider time) : IStreamLogs
{
    /// <summary>How long a stream's epoch and head are remembered beyond its last message.</summary>
    public static readonly TimeSpan RememberEpoch = TimeSpan.FromDays(30);

    /// <summary>How long it is remembered that a stream gave way.</summary>
    public static readonly TimeSpan RememberForgotten = TimeSpan.FromDays(1);

    public bool DiesWithSilo => false;

    /// <summary>Tells clusters on one Redis apart.</summary>
    public string Prefix { get; } = cluster.Value.ServiceId;

    public LogOptions Options { get; } = options.Value;

    public LogMetrics Metrics { get; } = metrics;

    public TimeProvider Time { get; } = time;

    public IDatabase Database => redis.GetDatabase();

    public async Task CheckAsync()
    {
        try
        {
            await Database.PingAsync();
        }
        catch (Exception failure) when (RedisFailures.IsAway(failure))
        {
            throw new LogAwayException($"Redis does not answer: {failure.Message}", maybeIn: false);
        }
    }

    public ValueTask<FoundLog> FindAsync(StreamName stream, CancellationToken cancellationToken) => new RedisStreamLog(this, stream).FindAsync();

    // The names are not kept in one place yet: the streams themselves tell the catalogue.
    public ValueTask<IReadOnlyList<ListedLog>> ListAsync(string prefix, string? after, int limit, CancellationToken cancellationToken) => new([]);

    public ValueTask<IReadOnlyList<ListedLog>> QuietestAsync(DateTimeOffset quietSince, int limit, CancellationToken cancellationToken) => new([]);

    public IStreamLog LogOf(StreamName stream) => new RedisStreamLog(this, stream);
}
