using StackExchange.Redis;
using Webstream.Grains.Tests.Hosting;
using Webstream.Grains.Trial;

namespace Webstream.Grains.Tests.Trial;

/// <summary>What a trial finds in a Redis that withholds something. The users are those that docs/operations.md tells people to make.</summary>
public sealed class RedisTrialTests : IAsyncLifetime
{
    private RedisServer redis = null!;

    public static TheoryData<string> SiloCommands => [.. RedisRights.Commands(RedisRights.Silo).Except(["ping", "echo", "info"])];

    public static TheoryData<string> GatewayCommands => [.. RedisRights.Commands(RedisRights.Gateway).Except(["ping", "echo", "info"])];

    public async ValueTask InitializeAsync() => redis = await RedisServer.StartAsync();

    public ValueTask DisposeAsync() => redis.DisposeAsync();

    [Fact]
    public async Task Trial_WithTheRightsOfTheDocs_FindsNothingAndLeavesNothing()
    {
        var keys = await KeysAsync();
        foreach (var (line, user, use) in new[] { (RedisRights.Silo, "webstream", RedisUse.Silo), (RedisRights.Gateway, "webstream-gateway", RedisUse.Client) })
        {
            var result = await RunAsync(line, user, use);
            (result.Missing, result.Condition, result.KnowsHead).ShouldBe((null, null, true));
        }

        (await KeysAsync()).ShouldBe(keys);
    }

    [Theory]
    [MemberData(nameof(SiloCommands))]
    public async Task Trial_OfASiloWithoutOneCommand_NamesIt(string command)
    {
        var result = await RunAsync($"{RedisRights.Silo} -{command}", "webstream", RedisUse.Silo);
        result.Missing.ShouldBe($"Redis does not let user 'webstream' run {command}. Grant it there: ACL SETUSER webstream +{command}");
        result.Condition.ShouldBeNull();
    }

    [Theory]
    [MemberData(nameof(GatewayCommands))]
    public async Task Trial_OfAGatewayWithoutOneCommand_NamesIt(string command)
    {
        var result = await RunAsync($"{RedisRights.Gateway} -{command}", "webstream-gateway", RedisUse.Client);
        result.Missing.ShouldBe($"Redis does not let user 'webstream-gateway' run {command}. Grant it there: ACL SETUSER webstream-gateway +{command}");
    }

    [Theory]
    [InlineData("~webstream:* ~webstream/members/*", "webstream/state/*")]
    [InlineData("~webstream:* ~webstream/state/*", "webstream/members/*")]
    [InlineData("~webstream/*", "webstream:*")]
    [InlineData("~webstream/* %R~webstream:*", "webstream:*")]
    [InlineData("~other*", "webstream/members/*", "webstream/state/*", "webstream:*")]
    public async Task Trial_WithoutSomeKeys_NamesTheirPatterns(string patterns, params string[] missing)
    {
        var result = await RunAsync($"{RedisRights.Silo} resetkeys {patterns}", "webstream", RedisUse.Silo);
        var list = missing.Length == 1 ? missing[0] : $"{string.Join(", ", missing[..^1])} and {missing[^1]}";
        result.Missing.ShouldBe(
            $"Redis does not let user 'webstream' use the keys {list}. Grant it there: ACL SETUSER webstream {string.Join(' ', missing.Select(pattern => $"~{pattern}"))}");
    }

    [Fact]
    public async Task Trial_WithoutSeveralThings_NamesThemAllAtOnce()
    {
        var result = await RunAsync($"{RedisRights.Silo} -xadd -zadd resetkeys ~webstream:*", "webstream", RedisUse.Silo);
        result.Missing.ShouldBe(
            "Redis does not let user 'webstream' run xadd and zadd, nor use the keys webstream/members/* and webstream/state/*. "
            + "Grant it there: ACL SETUSER webstream +xadd +zadd ~webstream/members/* ~webstream/state/*");
    }

    [Theory]
    [InlineData("xtrim", "Redis does not have the command XTRIM")]
    [InlineData("evalsha", "Redis does not have the command EVALSHA")]
    public async Task Trial_CommandThatWasRenamed_IsNamed(string command, string missing)
    {
        await using var renamed = await RedisServer.StartAsync(settings: ["--rename-command", command, ""]);
        await using var connection = await renamed.ConnectPatientlyAsync();
        (await new RedisTrial("webstream", null, RedisUse.Silo).RunAsync(connection.GetDatabase())).Missing.ShouldBe(missing);
    }

    [Theory]
    [InlineData("CONFIG SET maxmemory 1", "Redis is full: its maxmemory is reached")]
    [InlineData("REPLICAOF 127.0.0.1 1", "Redis is read-only: it is a replica")]
    [InlineData("CONFIG SET min-replicas-to-write 1", "Redis has fewer replicas than min-replicas-to-write, and takes no writes")]
    public async Task Trial_RedisThatTakesNoWrites_IsAConditionAndNoMissingRight(string command, string condition)
    {
        await using var connection = await redis.ConnectPatientlyAsync();
        await redis.DoAsync(command);
        var result = await new RedisTrial("webstream", null, RedisUse.Silo).RunAsync(connection.GetDatabase());
        (result.Condition, result.Missing, result.TroubleWith(RedisUse.Appending)).ShouldBe((condition, null, condition));
    }

    private async Task<RedisTrialResult> RunAsync(string line, string user, RedisUse use)
    {
        await redis.DoAsync(line.Replace($"SETUSER {user} ", $"SETUSER {user} reset ", StringComparison.Ordinal));
        await using var connection = await redis.ConnectAsync(user, RedisRights.Password);
        return await new RedisTrial(RedisRights.Cluster, user, use).RunAsync(connection.GetDatabase());
    }

    private async Task<string[]> KeysAsync()
    {
        await using var connection = await redis.ConnectPatientlyAsync();
        return [.. connection.GetServers()[0].Keys().Select(key => key.ToString()).Order()];
    }
}
