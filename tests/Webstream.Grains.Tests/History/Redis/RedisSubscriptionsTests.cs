using Orleans.Streams;
using Webstream.Grains.Hosting;
using Webstream.Grains.History.Redis;
using Webstream.Grains.Tests.Hosting;
using Webstream.Grains.Tests.Streams;

namespace Webstream.Grains.Tests.History.Redis;

/// <summary>The gateways' subscriptions in Redis: nothing of them stays for ever.</summary>
[Collection(RedisCluster.Name)]
public sealed class RedisSubscriptionsTests
{
    [Fact]
    public async Task Subscriptions_ToManyStreams_ExpireUnlessSomebodyListens()
    {
        await using var redis = await RedisServer.StartAsync();
        var cluster = new WebstreamCluster(redis);
        await cluster.InitializeAsync();
        await using var stopping = cluster;
        await using var connection = await redis.ConnectPatientlyAsync();
        var database = connection.GetDatabase();
        var names = Enumerable.Range(0, 20).Select(_ => WebstreamCluster.NewStream()).ToArray();
        foreach (var name in names)
        {
            await cluster.Cluster.Client.GetStreamProvider(OrleansStreamIds.Provider).GetStream<StreamEvent>(OrleansStreamIds.MessagesOf(name))
                .SubscribeAsync((_, _) => Task.CompletedTask);
            await cluster.GrainOf(name).Report(new("gateway", 1, 1, 1, 0, 0));
            await cluster.GrainOf(name).Push(Pushes.Of("a"));
        }

        var prefix = cluster.Cluster.Options.ServiceId;
        foreach (var name in names)
        {
            (await database.KeyTimeToLiveAsync(RedisSubscriptions.KeyOf(prefix, name))).ShouldNotBeNull($"{name}: no key, or one without expiry")
                .ShouldBeInRange(TimeSpan.FromHours(5), RedisSubscriptions.Lifetime);
        }

        // Whatever has no expiry does not grow with the streams.
        var lasting = new List<string>();
        foreach (var key in connection.GetServers()[0].Keys())
        {
            if (await database.KeyTimeToLiveAsync(key) is null)
            {
                lasting.Add(key.ToString());
            }
        }

        lasting.ShouldAllBe(key => key.StartsWith($"{prefix}/members/") || key.StartsWith($"{prefix}:{{~streams}}:"));
    }

    [Fact]
    public async Task Keep_RenewsAndReconcile_GivesOldKeysAnExpiry()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var connection = await redis.ConnectPatientlyAsync();
        var database = connection.GetDatabase();
        using var logs = RedisLogs.Of(connection, "c");
        var key = RedisSubscriptions.KeyOf("c", StreamName.Main);
        await database.HashSetAsync(key, [new("etag", "e"), new("data", "d")]);
        (await database.KeyTimeToLiveAsync(key)).ShouldBeNull();

        await new RedisReconciliation(logs, TimeSpan.Zero).RunAsync(TestContext.Current.CancellationToken);
        (await database.KeyTimeToLiveAsync(key)).ShouldNotBeNull();

        await database.KeyExpireAsync(key, TimeSpan.FromMinutes(1));
        await new RedisSubscriptions(logs).KeepAsync(StreamName.Main);
        (await database.KeyTimeToLiveAsync(key))!.Value.ShouldBeGreaterThan(TimeSpan.FromHours(5));
    }
}
