using Webstream.Grains.Hosting;
using Webstream.Grains.Tests.Trial;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Grains.Tests.Hosting;

/// <summary>The messages about Redis that a process gets before it starts.</summary>
public sealed class RedisStartTests
{
    private readonly List<string> said = [];

    [Theory]
    [InlineData("6.0.16")]
    [InlineData("6.2.14")]
    [InlineData("5.0.14")]
    public async Task Start_RedisBefore7_IsRefusedWithItsVersion(string version)
    {
        await using var old = new OldRedis(version);
        foreach (var silo in (bool[])[true, false])
        {
            (await RefusedAsync(old.Address, silo)).ShouldBe($"Redis at {old.Address} is version {version}; 7.0 or newer is needed.");
        }

        said.ShouldBeEmpty();
    }

    [Fact]
    public async Task Start_RedisBefore7ThatDoesNotTellItsVersion_IsRefusedByItsScripts()
    {
        await using var old = new OldRedis(version: null);
        (await RefusedAsync(old.Address, silo: true)).ShouldBe($"Redis at {old.Address} does not know scripts that begin with #!lua; 7.0 or newer is needed.");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Start_WithTheRightsOfTheDocs_SaysNothing(bool silo)
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.DoAsync(RedisRights.Silo);
        await redis.DoAsync(RedisRights.Gateway);
        var user = silo ? "webstream" : "webstream-gateway";
        await RedisStart.WaitAsync(ClusterAt($"{redis.Address},user={user},password={RedisRights.Password}"), silo, Say, TestContext.Current.CancellationToken);
        said.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("echo", "Redis does not let this user run ECHO. Grant it there: ACL SETUSER webstream +echo.")]
    [InlineData("ping", "Redis does not let user 'webstream' run ping. Grant it there: ACL SETUSER webstream +ping.")]
    [InlineData("eval", "Redis does not let user 'webstream' run eval. Grant it there: ACL SETUSER webstream +eval.")]
    [InlineData("xtrim", "Redis does not let user 'webstream' run xtrim. Grant it there: ACL SETUSER webstream +xtrim.")]
    public async Task Start_WithoutARight_IsRefusedWithIt(string command, string reason)
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.DoAsync($"{RedisRights.Silo} -{command}");
        (await RefusedAsync($"{redis.Address},user=webstream,password={RedisRights.Password}", silo: true))
            .ShouldBe($"Redis at {redis.Address}: {reason} All that is needed stands in docs/operations.md.");
        said.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("webstream", "wrong")]
    [InlineData("nobody", "wrong")]
    [InlineData("off", "password")]
    public async Task Start_AsAUserWhomRedisDoesNotLetIn_IsRefusedAlsoWhereItLetsInEverybody(string user, string password)
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.DoAsync(RedisRights.Silo);
        await redis.DoAsync("ACL SETUSER off off >password ~* &* +@all");
        foreach (var silo in (bool[])[true, false])
        {
            (await RefusedAsync($"{redis.Address},user={user},password={password}", silo)).ShouldBe(
                $"Redis at {redis.Address} refuses the password or user. Set Webstream__Cluster__RedisPassword, and Webstream__Cluster__RedisUser if it is not the default user (it lets this process in as default)");
        }

        said.ShouldBeEmpty();
    }

    [Fact]
    public async Task Start_WithoutInfo_SaysWhatIsNotKnown()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.DoAsync($"{RedisRights.Silo} -info");
        await RedisStart.WaitAsync(ClusterAt($"{redis.Address},user=webstream,password={RedisRights.Password}"), silo: true, Say, TestContext.Current.CancellationToken);
        said.ShouldHaveSingleItem().ShouldBe(
            $"Redis at {redis.Address} does not tell this user its version and memory limit (INFO): Webstream__Log__TotalBytes alone bounds the history.");
    }

    [Theory]
    [InlineData("allkeys-lru")]
    [InlineData("allkeys-random")]
    [InlineData("volatile-lru")]
    [InlineData("volatile-lfu")]
    [InlineData("volatile-ttl")]
    public async Task Start_PolicyThatTakesHistory_IsSaid(string policy)
    {
        await using var redis = await RedisServer.StartAsync(settings: ["--maxmemory-policy", policy]);
        foreach (var silo in (bool[])[true, false])
        {
            await RedisStart.WaitAsync(ClusterAt(redis.Address), silo, Say, TestContext.Current.CancellationToken);
        }

        said.Count.ShouldBe(2);
        said.ShouldAllBe(line => line.StartsWith($"Redis at {redis.Address} has maxmemory-policy {policy}: ") && line.EndsWith("Set it to noeviction."));
    }

    // Some services withhold INFO from their users, others CONFIG.
    [Theory]
    [InlineData("-config")]
    [InlineData("-info +config|get")]
    public async Task Start_PolicyThatTakesHistory_IsReadWhereverItMayBe(string rights)
    {
        await using var redis = await RedisServer.StartAsync(settings: ["--maxmemory-policy", "volatile-lru"]);
        await redis.DoAsync($"{RedisRights.Silo} {rights}");
        await RedisStart.WaitAsync(ClusterAt($"{redis.Address},user=webstream,password={RedisRights.Password}"), silo: true, Say, TestContext.Current.CancellationToken);
        said.ShouldHaveSingleItem().ShouldContain("maxmemory-policy volatile-lru");
    }

    [Fact]
    public async Task Start_RedisThatIsFull_IsWaitedForWithOneLine()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.DoAsync("CONFIG SET maxmemory 1");
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var waiting = RedisStart.WaitAsync(ClusterAt(redis.Address), silo: true, SayAndTell, TestContext.Current.CancellationToken);
        await told.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        waiting.IsCompleted.ShouldBeFalse();
        await redis.DoAsync("CONFIG SET maxmemory 0");
        await waiting.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        said.ShouldBe([$"Waiting for Redis at {redis.Address}, which takes no writes now: Redis is full: its maxmemory is reached."]);

        void SayAndTell(string line)
        {
            Say(line);
            told.TrySetResult();
        }
    }

    [Fact]
    public async Task Start_WrongPassword_IsRefusedWithoutIt()
    {
        await using var redis = await RedisServer.StartAsync(settings: ["--requirepass", "right"]);
        foreach (var setting in (string[])[redis.Address, $"{redis.Address},password=s3cret", $"{redis.Address},user=nobody,password=s3cret"])
        {
            var reason = await RefusedAsync(setting, silo: true);
            reason.ShouldStartWith($"Redis at {redis.Address} refuses the password or user. Set Webstream__Cluster__RedisPassword, and");
            reason.ShouldNotContain("s3cret");
        }
    }

    [Theory]
    [InlineData("a,b=c d\"'%25 e")]
    [InlineData("abcd,efgh")]
    [InlineData("redis://x:y@z")]
    [InlineData("  p  ")]
    public async Task Start_AnyPasswordInItsOwnSettingOrFile_LetsTheProcessIn(string password)
    {
        await using var redis = await RedisServer.StartAsync(settings: ["--requirepass", password]);
        var file = Path.Combine(Directory.CreateTempSubdirectory("webstream-secret-").FullName, "password");
        await File.WriteAllTextAsync(file, $"{password}\n", TestContext.Current.CancellationToken);
        foreach (var cluster in (WebstreamClusterOptions[])
        [
            new() { Redis = redis.Address, RedisPassword = password },
            new() { Redis = redis.Address, RedisUser = "default", RedisPasswordFile = file },
            new() { Redis = $"redis://:{Uri.EscapeDataString(password)}@{redis.Address}" },
        ])
        {
            await RedisStart.WaitAsync(cluster, silo: true, Say, TestContext.Current.CancellationToken);
        }

        said.ShouldBeEmpty();
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    [Theory]
    [InlineData(25, "25 hours ahead of")]
    [InlineData(-0.5, "30 minutes behind")]
    [InlineData(0, null)]
    public async Task Start_OnAClockThatDiffers_IsSaidOnce(double hoursAhead, string? difference)
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.DoAsync(RedisRights.Gateway);
        var time = new WrongTime(hoursAhead);
        await RedisStart.WaitAsync(ClusterAt(redis.Address), silo: true, Say, time, TestContext.Current.CancellationToken);
        // A gateway need not have the right to ask for the time.
        var gateway = new WebstreamClusterOptions { Redis = redis.Address, RedisUser = "webstream-gateway", RedisPassword = RedisRights.Password };
        await RedisStart.WaitAsync(gateway, silo: false, Say, time, TestContext.Current.CancellationToken);

        said.Count.ShouldBe(difference is null ? 0 : 1);
        said.ShouldAllBe(line => line.StartsWith($"The clock of this machine is {difference} the clock of Redis."));
    }

    // On a busy machine Redis may not answer within the second that a try waits. The process then says so and tries again, which is no fault.
    private void Say(string line)
    {
        if (!line.Contains("which does not answer yet", StringComparison.Ordinal))
        {
            said.Add(line);
        }
    }

    private static WebstreamClusterOptions ClusterAt(string redis) => new() { Redis = redis };

    private async Task<string> RefusedAsync(string redis, bool silo) => (await Should.ThrowAsync<StartRefusedException>(
        () => RedisStart.WaitAsync(ClusterAt(redis), silo, Say, TestContext.Current.CancellationToken))).Message;
}
