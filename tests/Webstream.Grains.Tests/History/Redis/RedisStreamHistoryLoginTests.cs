using StackExchange.Redis;
using Webstream.Grains.Hosting;
using Webstream.Grains.History;
using Webstream.Grains.History.Redis;
using Webstream.Grains.Tests.Hosting;
using Webstream.Grains.Tests.Trial;

namespace Webstream.Grains.Tests.History.Redis;

/// <summary>A Redis that no longer lets a silo in, and has ended its connections. A Redis for each test.</summary>
public class RedisStreamHistoryLoginTests
{
    private const string Why = "Redis does not accept the user or the password (";

    private readonly string cluster = $"c{RedisLogs.NewCluster()}";

    [Theory]
    [InlineData("off", "on")]
    [InlineData("resetpass >other", $">{RedisRights.Password}")]
    public async Task Login_TakenAwayWhileRunning_IsToldAndOver(string takeAway, string giveBack)
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.DoAsync(RedisRights.SiloOf(cluster));
        await redis.DoAsync("ACL SETUSER admin on >admin ~* &* +@all");
        await using var connection = await ConnectAsync(redis, cluster, RedisRights.Password);
        await using var admin = await ConnectAsync(redis, "admin", "admin");
        // Otherwise the library goes on as this user.
        await DoAsync(admin, "ACL SETUSER default off");
        using var logs = RedisLogs.Of(connection, cluster, user: cluster);
        var log = logs.LogOf(StreamName.Main);
        await log.AppendAsync(Batch(1), TestContext.Current.CancellationToken);

        await DoAsync(admin, $"ACL SETUSER {cluster} {takeAway}");
        await DoAsync(admin, $"CLIENT KILL USER {cluster}");
        var away = await UntilToldAsync(log);

        (away.MaybeIn, away.Message).ShouldBe((false, away.Refusal));
        (await logs.AskHealthAsync()).Refusal.ShouldNotBeNull().ShouldStartWith($"pushes are refused: {Why}");
        (await Should.ThrowAsync<HistoryAwayException>(async () => await logs.LogOf(StreamName.Main).OpenAsync(TestContext.Current.CancellationToken)))
            .Refusal.ShouldBe(away.Refusal);

        await DoAsync(admin, $"ACL SETUSER {cluster} {giveBack}");
        await Until.TrueAsync(() => connection.IsConnected);

        (await log.AppendAsync(Batch(2), TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Appended);
    }

    // At the moment at which the connections end, it is only known that nobody answers.
    private static async Task<HistoryAwayException> UntilToldAsync(IStreamHistory log)
    {
        HistoryAwayException away = null!;
        await Until.TrueAsync(async () =>
        {
            away = await Should.ThrowAsync<HistoryAwayException>(async () => await log.AppendAsync(Batch(2), TestContext.Current.CancellationToken));
            return away.Refusal?.StartsWith(Why, StringComparison.Ordinal) == true;
        });
        return away;
    }

    private static HistoryBatch Batch(long first) => Messages.Batch(Messages.Range(first, 1, at: DateTimeOffset.UtcNow));

    private static Task<RedisResult> DoAsync(ConnectionMultiplexer admin, string command)
    {
        var words = command.Split(' ');
        return admin.GetDatabase().ExecuteAsync(words[0], words[1..]);
    }

    private static Task<ConnectionMultiplexer> ConnectAsync(RedisServer redis, string user, string password) =>
        ConnectionMultiplexer.ConnectAsync(RedisSettings.Parse($"{redis.Address},user={user},password={password}"));
}
