using Webstream.Cluster.Tests.Harness;
using Webstream.Cluster.Tests.Load;

namespace Webstream.Cluster.Tests.Failures;

/// <summary>A Redis that answers but refuses: rights that are missing or taken away, or a memory limit. The gateways embed a silo.</summary>
public sealed class RedisRefusesTests : IAsyncLifetime
{
    private const long Megabyte = 1024 * 1024;

    // The rights that docs/operations.md tells people to give.
    private static readonly string Rights = File.ReadLines(Path.Combine(Repository.Root, "docs", "operations.md"))
        .Single(line => line.StartsWith("ACL SETUSER webstream ", StringComparison.Ordinal));

    private readonly RedisServer redis = new("everysec", null, "--maxmemory", "40mb", "--maxmemory-policy", "noeviction");

    private string AsUser => $"{redis.Address},user=webstream,password=change-me";

    public async ValueTask InitializeAsync()
    {
        RedisServer.MustBeInstalled();
        await redis.RunAsync();
    }

    public ValueTask DisposeAsync() => redis.DisposeAsync();

    [Theory]
    [InlineData("-xtrim", "run xtrim")]
    [InlineData("-echo", "run ECHO")]
    [InlineData("-ping", "run ping")]
    [InlineData("-eval -evalsha", "run eval and evalsha")]
    [InlineData("resetkeys ~other*", "use the keys webstream/members/*, webstream/state/* and webstream:*")]
    public async Task Silos_WithoutARight_EndWithOneLineThatNamesIt(string rights, string missing)
    {
        await redis.DoAsync($"{Rights} {rights}");
        await using var apart = Cluster(silos: 1, gateways: 0, AsUser);
        await using var embedded = Cluster(silos: 0, gateways: 1, AsUser);
        await EndsAsync(apart.All.Single(), missing);
        await EndsAsync(embedded.All.Single(), missing);
    }

    [Theory]
    [InlineData("-hgetall", "run hgetall")]
    [InlineData("-ping", "run ping")]
    [InlineData("resetkeys ~other*", "use the keys webstream/members/*")]
    public async Task GatewaysWithoutASilo_WithoutARight_EndWithOneLineThatNamesIt(string rights, string missing)
    {
        await redis.DoAsync($"{Rights} {rights}");
        await using var cluster = Cluster(silos: 1, gateways: 1, AsUser);
        await EndsAsync(cluster.Gateways[0], missing);
    }

    [Fact]
    public async Task Trimming_NotAllowedAnyMore_TouchesNoPushAndIsSaidOnce()
    {
        await redis.DoAsync(Rights);
        await using var cluster = Cluster(silos: 0, gateways: 1, AsUser, ("Webstream__Log__RetainedMessages", "5"));
        await cluster.HealAsync();
        var gateway = cluster.Gateways[0];
        await PushesAsync(gateway, 10);

        await redis.DoAsync("ACL SETUSER webstream -xtrim");
        await PushesAsync(gateway, 30);
        await HealthAsync(gateway, "/health/ready", 200, "Degraded: history is not trimmed");
        await HealthAsync(gateway, "/health/write", 200, "Degraded: history is not trimmed");

        await redis.DoAsync("ACL SETUSER webstream +xtrim");
        await PushesAsync(gateway, 10);
        await HealthAsync(gateway, "/health/ready", 200, "Healthy");
        (await redis.DoAsync("XLEN webstream:{main}:keys")).ShouldBe("5");
        gateway.Said("history is not trimmed").ShouldBe(2, gateway.Output);
        gateway.Said("   at ").ShouldBe(0, gateway.Output);
    }

    [Fact]
    public async Task Appending_NotAllowedAnyMore_IsToldAtOnceAndMends()
    {
        await redis.DoAsync(Rights);
        await using var cluster = Cluster(silos: 0, gateways: 1, AsUser);
        await cluster.HealAsync();
        var gateway = cluster.Gateways[0];
        await PushesAsync(gateway, 3);

        await redis.DoAsync("ACL SETUSER webstream -xadd");
        foreach (var stream in (string[])["main", "new", "main"])
        {
            (await SinglePush.PushAsync(gateway.Address, stream, "refused")).ShouldBe(
                (503, "Redis does not let this user run XADD. Nothing was pushed. Try again once that has been changed."));
        }

        await HealthAsync(gateway, "/health/ready", 200, "Degraded: pushes are refused");
        await HealthAsync(gateway, "/health/write", 503, "Unhealthy: pushes are refused");

        await redis.DoAsync("ACL SETUSER webstream +xadd");
        await PushesAsync(gateway, 1);
        (await redis.DoAsync("XLEN webstream:{main}:log")).ShouldBe("4");
        (await redis.DoAsync("EXISTS webstream:{new}:meta")).ShouldBe("0");
        gateway.Said("   at ").ShouldBe(0, gateway.Output);
    }

    [Fact]
    public async Task Flood_OfNames_EndsAtTheNumberOfStreams()
    {
        await using var cluster = Cluster(silos: 0, gateways: 1, redis.Address, ("Webstream__Log__MaxStreams", "50"));
        await cluster.HealAsync();
        var gateway = cluster.Gateways[0].Address;
        (await SinglePush.PushAsync(gateway, "main", "hello")).Status.ShouldBe(200);

        var answers = new List<(int Status, string Error)>();
        for (var i = 0; i < 80; i++)
        {
            answers.Add(await SinglePush.PushAsync(gateway, $"flood-{i}", new('x', 60_000)));
        }

        answers.Count(answer => answer.Status == 200).ShouldBe(49);
        answers.Where(answer => answer.Status != 200).ShouldAllBe(answer => answer.Status == 503 && answer.Error.Contains("Webstream__Log__MaxStreams"));
        (await SinglePush.PushAsync(gateway, "main", "still")).Status.ShouldBe(200);
        (await redis.FigureAsync("used_memory")).ShouldBeLessThan(40 * Megabyte);
    }

    [Fact]
    public async Task Flood_OfBytes_LetsTheLargestGiveWayAndStaysBelowTheLimitOfRedis()
    {
        await using var cluster = Cluster(silos: 0, gateways: 1, redis.Address);
        await cluster.HealAsync();
        var gateway = cluster.Gateways[0].Address;
        (await SinglePush.PushAsync(gateway, "main", "hello")).Status.ShouldBe(200);

        for (var i = 0; i < 1200; i++)
        {
            // Each push is accepted, whether its stream is new or not: other streams give way. (Now and then a push may be faster than that.)
            var (status, error) = await SinglePush.PushAsync(gateway, $"flood-{i / 4}", new('x', 60_000));
            status.ShouldBeOneOf(200, 503);
            if (status == 503)
            {
                error.ShouldStartWith("Redis is full");
            }

            if (i % 100 == 0)
            {
                (await redis.FigureAsync("used_memory")).ShouldBeLessThan(41 * Megabyte);
            }
        }

        await Until.EqualAsync(async () => (await SinglePush.PushAsync(gateway, "main", "still")).Status, 200, "an old stream");
        (await SinglePush.PushAsync(gateway, "brand-new", "still")).Status.ShouldBe(200);
        (await redis.FigureAsync("used_memory")).ShouldBeLessThan(40 * Megabyte);
    }

    [Fact]
    public async Task Redis_Full_RefusesOldAndNewStreamsAlikeWhileListeningGoesOn()
    {
        await using var cluster = Cluster(silos: 1, gateways: 1, redis.Address);
        await cluster.HealAsync();
        var gateway = cluster.Gateways[0];
        await PushesAsync(gateway, 3);

        await redis.DoAsync("CONFIG SET maxmemory 1");
        foreach (var stream in (string[])["main", "new", "main", "other"])
        {
            (await SinglePush.PushAsync(gateway.Address, stream, "refused")).ShouldBe(
                (503, "Redis is full: its maxmemory is reached. Nothing was pushed. Try again once that has been changed."));
        }

        foreach (var server in cluster.All)
        {
            await HealthAsync(server, "/health/ready", 200, "Degraded: pushes are refused: Redis is full");
            await HealthAsync(server, "/health/write", 503, "Unhealthy: pushes are refused: Redis is full");
        }

        (await HealthProbe.AskAsync(gateway.Address, "/api/streams/main/messages")).Status.ShouldBe(200);
        await redis.DoAsync("CONFIG SET maxmemory 40mb");
        await PushesAsync(gateway, 1);
        foreach (var server in cluster.All)
        {
            await HealthAsync(server, "/health/write", 200, "Healthy");
            // Orleans reports in its own words what it could not write for itself.
            server.Output.Split('\n').Where(line => line.Contains("   at ") && !line.Contains(" Orleans.")).ShouldBeEmpty();
        }
    }

    private static async Task EndsAsync(ServerProcess server, string missing)
    {
        server.Start();
        (await server.Process.ExitAsync()).ShouldBe(1);
        var line = server.Output.Split('\n').ShouldHaveSingleItem();
        line.ShouldContain(missing);
        line.ShouldContain("ACL SETUSER webstream ");
        line.ShouldNotContain("change-me");
    }

    private static TestCluster Cluster(int silos, int gateways, string redis, params (string Key, string Value)[] more) => new(
        silos, gateways, redis, embed: silos == 0, more: more.Append(("Webstream__Cluster__Name", "webstream")).ToDictionary(one => one.Item1, one => one.Item2));

    private static async Task PushesAsync(ServerProcess gateway, int count)
    {
        for (var i = 0; i < count; i++)
        {
            (await SinglePush.PushAsync(gateway.Address, "main", $"message {i}")).Status.ShouldBe(200);
        }
    }

    private static Task<TimeSpan> HealthAsync(ServerProcess server, string path, int status, string text) => Until.TrueAsync(
        async () => await HealthProbe.AskAsync(server.Address, path) is var answer && answer.Status == status && answer.Text.StartsWith(text, StringComparison.Ordinal),
        $"{server.Name} says {status} {text} at {path}. It said:\n{server.Output}");
}
