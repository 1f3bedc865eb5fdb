using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using StackExchange.Redis;
using Webstream.Grains.History;
using Webstream.Grains.History.Redis;

namespace Webstream.Grains.Tests.History.Redis;

/// <summary>The histories of one test in a Redis that other tests use too.</summary>
internal static class RedisLogs
{
    /// <summary>The histories of a cluster.</summary>
    public static RedisStreamHistories Of(
        IConnectionMultiplexer redis,
        string cluster,
        HistoryOptions? options = null,
        TimeProvider? time = null,
        HistoryMetrics? metrics = null,
        ILogger<RedisStreamHistories>? logger = null,
        string? user = null)
    {
        var clock = new RedisClock(time ?? TimeProvider.System);
        if (time is not null)
        {
            // As if Redis had told the time of the test.
            clock.Set(time.GetUtcNow());
        }

        return new(
            Options.Create(options ?? new()),
            Options.Create(new ClusterOptions { ServiceId = cluster, ClusterId = cluster }),
            metrics ?? new RefusedAppends().Metrics,
            time ?? TimeProvider.System,
            clock,
            new(redis, time ?? TimeProvider.System),
            logger ?? NullLogger<RedisStreamHistories>.Instance,
            new(user));
    }

    /// <summary>A cluster's name that no other test has.</summary>
    public static string NewCluster() => Guid.NewGuid().ToString("N");

    /// <summary>The three keys of a stream: meta, log, keys.</summary>
    public static RedisKey[] KeysOf(string cluster, StreamName stream) =>
        [$"{cluster}:{{{stream}}}:meta", $"{cluster}:{{{stream}}}:log", $"{cluster}:{{{stream}}}:keys"];
}

/// <summary>The tests of the history in one Redis.</summary>
[CollectionDefinition(Name)]
public sealed class OneRedis : ICollectionFixture<Tests.Hosting.SharedRedis>
{
    public const string Name = "redis";
}
