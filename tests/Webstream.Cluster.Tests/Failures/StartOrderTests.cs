using Webstream.Cluster.Tests.Harness;

namespace Webstream.Cluster.Tests.Failures;

/// <summary>Processes that start before the processes that they need.</summary>
public sealed class StartOrderTests
{
    private const string WaitsForRedis = "Waiting for Redis";
    private const string WaitsForSilo = "Waiting for a silo";

    [Fact]
    public async Task Processes_StartedBeforeRedisAndEachOther_SayThatTheyWaitAndComeUp()
    {
        RedisServer.MustBeInstalled();
        await using var cluster = new TestCluster(silos: 1, gateways: 1);
        var (silo, gateway) = (cluster.Silos[0], cluster.Gateways[0]);
        gateway.Start();
        silo.Start();
        foreach (var waiting in cluster.All)
        {
            await Until.TrueAsync(() => waiting.Said(WaitsForRedis) > 0, what: $"{waiting.Name} says that it waits for Redis");
        }

        await silo.Process.KillAsync();
        await cluster.Redis.RunAsync();
        await Until.TrueAsync(() => gateway.Said(WaitsForSilo) > 0, what: "the gateway says that it waits for a silo");

        silo.Start();
        await gateway.ReadyAsync();
        await silo.ReadyAsync();
        (gateway.Said(WaitsForRedis), gateway.Said(WaitsForSilo)).ShouldBe((1, 1), $"once each:\n{gateway.Output}");
    }

    [Fact]
    public async Task Processes_WithAWrongPassword_EndWithOneClearLine()
    {
        RedisServer.MustBeInstalled();
        await using var redis = new RedisServer("everysec", password: "right");
        await redis.RunAsync();
        await using var cluster = new TestCluster(silos: 1, gateways: 1, redis: $"{redis.Address},password=wrong");
        foreach (var server in cluster.All)
        {
            server.Start();
            (await server.Process.ExitAsync()).ShouldBe(1);
            var line = server.Output.Split('\n').ShouldHaveSingleItem();
            line.ShouldContain("password");
            line.ShouldContain("Webstream__Cluster__Redis");
            line.ShouldNotContain("wrong,");
        }
    }
}
