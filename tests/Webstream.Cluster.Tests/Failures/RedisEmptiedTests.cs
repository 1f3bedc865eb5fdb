using StackExchange.Redis;
using Webstream.Cluster.Tests.Harness;
using Webstream.Cluster.Tests.Load;

namespace Webstream.Cluster.Tests.Failures;

/// <summary>A Redis that comes back without any data: even the list of silos is gone.</summary>
public sealed class RedisEmptiedTests
{
    [Fact]
    public async Task Silos_ThatRedisHasForgotten_EndSoThatTheyCanJoinAnew()
    {
        RedisServer.MustBeInstalled();
        await using var cluster = new TestCluster(silos: 2, gateways: 1);
        await cluster.StartAsync();
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"{cluster.Redis.Address},allowAdmin=true");

        await redis.GetServers()[0].FlushAllDatabasesAsync();

        foreach (var silo in cluster.Silos)
        {
            // Waits also for the end of the silo's output, which may come after the end of the process.
            await silo.Process.ExitAsync();
            silo.Said("is no longer in its cluster's list").ShouldBe(1, silo.Output);
        }

        await cluster.HealAsync();
        await using var late = cluster.NewGateway("a gateway that comes later");
        await late.StartReadyAsync();
        foreach (var gateway in (Uri[])[cluster.Addresses[0], late.Address])
        {
            await Until.EqualAsync(async () => (await SinglePush.TryAsync(gateway, "main")).Status, 200, $"a push at {gateway}");
        }
    }
}
