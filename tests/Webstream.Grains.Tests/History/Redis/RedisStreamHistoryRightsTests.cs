using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;
using Webstream.Grains.History;
using Webstream.Grains.History.Redis;
using Webstream.Grains.Tests.Hosting;
using Webstream.Grains.Tests.Trial;

namespace Webstream.Grains.Tests.History.Redis;

/// <summary>A right that is taken from a silo while it runs, and given back. The test takes each right of docs/operations.md in turn.</summary>
[Collection(OneRedis.Name)]
public sealed class RedisStreamHistoryRightsTests(SharedRedis redis) : IAsyncLifetime
{
    private const int Bound = 3;

    // A silo needs these only for connections and silos. The history works without them.
    private static readonly string[] NotTheLogs = ["ping", "echo", "info", "eval", "hsetnx", "hmset", "hgetall", "hexists", "hdel"];

    private readonly string cluster = $"c{RedisLogs.NewCluster()}";
    private readonly FakeLogger<RedisStreamHistories> logger = new();
    private readonly FakeTimeProvider time = new(DateTimeOffset.UtcNow);
    private readonly HistoryOptions options = new() { RetainedMessages = Bound };
    private RedisServer server = null!;
    private ConnectionMultiplexer connection = null!;
    private RedisStreamHistories logs = null!;
    private RedisStreamHistory log = null!;
    private long head;

    public static TheoryData<string> Commands => [.. RedisRights.Commands(RedisRights.Silo)];

    public async ValueTask InitializeAsync()
    {
        server = await redis.ServerAsync();
        await GrantAsync();
        connection = await server.ConnectAsync(cluster, RedisRights.Password);
        logs = RedisLogs.Of(connection, cluster, options, time, logger: logger, user: cluster);
        log = (RedisStreamHistory)logs.LogOf(StreamName.Main);
        for (var i = 0; i < 2 * Bound; i++)
        {
            (await AppendAsync()).ShouldBe("in");
        }

        // A silo does this after its start. From then on Redis knows every script.
        (await HealthAsync()).ShouldBe(HistoryHealth.Fine);
    }

    public async ValueTask DisposeAsync()
    {
        logs.Dispose();
        await connection.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Right_TakenAwayWhileRunning_IsAnsweredTruthfullyAndNamed(string command)
    {
        await server.DoAsync($"ACL SETUSER {cluster} -{command}");
        for (var i = 0; i < 5; i++)
        {
            var before = head;
            var answer = await AppendAsync();
            // A refused message is not in. Where the owner cannot be sure, the answer says so.
            (await InRedisAsync()).ShouldBe(answer == "in" ? before + 1 : before, answer);
            answer.ShouldBe(command is "evalsha" or "hmget" or "hset" or "pexpire" or "xadd" or "xrevrange" ? "refused" : "in");
        }

        await ReadAsync();
        await OpenAsync();
        var health = await HealthAsync();
        if (command == "info")
        {
            health.ShouldBe(HistoryHealth.Fine);
        }
        else
        {
            health.Text.ShouldNotBeNull().ShouldContain($"ACL SETUSER {cluster} +{command}");
        }

        (health.Refusal is not null).ShouldBe(command is "hmget" or "evalsha" or "hset" or "pexpire" or "xadd" or "xrevrange");
        LinesAbout(command).ShouldBeInRange(command == "info" ? 0 : 1, 2);

        await GrantAsync();
        await ReopenedAsync();
        (await AppendAsync()).ShouldBe("in");
        (await log.ReadAsync(new(0, 100, int.MaxValue), TestContext.Current.CancellationToken)).Select(m => m.Id.Sequence).ShouldBe([head - 2, head - 1, head]);
        (await HealthAsync()).ShouldBe(HistoryHealth.Fine);
    }

    [Fact]
    public async Task Append_ToAKeyOfAnotherType_IsRefusedForThatStreamAlone()
    {
        await using var admin = await server.ConnectPatientlyAsync();
        await admin.GetDatabase().KeyDeleteAsync(RedisLogs.KeysOf(cluster, StreamName.Main)[1]);
        await admin.GetDatabase().StringSetAsync(RedisLogs.KeysOf(cluster, StreamName.Main)[1], "what");

        var line = $"The log of stream main alone: pushes are refused: Redis refuses a command: WRONGTYPE Operation against a key holding the wrong kind of value (at the keys {cluster}:{{main}}:*)";
        var began = DateTimeOffset.UtcNow;
        while (!Lines.Contains(line) && DateTimeOffset.UtcNow - began < TimeSpan.FromSeconds(30))
        {
            (await AppendAsync()).ShouldBe("refused");
            // Every command is tried anew and works: the failure concerns this stream alone.
            (await HealthAsync()).ShouldBe(HistoryHealth.Fine);
        }

        (await AppendAsync()).ShouldBe("refused");
        Lines.Where(said => said.Contains("pushes are refused", StringComparison.Ordinal)).ShouldBe([line]);
        var other = Messages.Batch(Messages.Range(1, 1, at: DateTimeOffset.UtcNow));
        (await logs.LogOf(StreamName.Parse("other")).AppendAsync(other, TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Appended);
    }

    // The owner does not know of it yet. It must not take the messages for damaged, which would end them.
    [Theory]
    [InlineData("-5")]
    [InlineData("99999999999999999999")]
    [InlineData("1.5")]
    [InlineData("what")]
    public async Task Append_ToAHeadThatIsNotOurs_KeepsTheMessages(string value)
    {
        await using var admin = await server.ConnectPatientlyAsync();
        var keys = RedisLogs.KeysOf(cluster, StreamName.Main);
        await admin.GetDatabase().HashSetAsync(keys[0], "head", value);

        try
        {
            (await log.AppendAsync(Messages.Batch(Messages.Range(head + 1, 1, at: DateTimeOffset.UtcNow)), TestContext.Current.CancellationToken))
                .ShouldBe(AppendResult.Refused);
        }
        catch (HistoryAwayException away)
        {
            away.Refusal.ShouldNotBeNull();
        }

        (await admin.GetDatabase().StreamLengthAsync(keys[1])).ShouldBe(Bound);
        await admin.GetDatabase().HashSetAsync(keys[0], "head", head);
        await ReopenedAsync();
        (await AppendAsync()).ShouldBe("in");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Append_WithAKeyOfAnotherType_HasSurelyWrittenNothing(int key)
    {
        await using var admin = await server.ConnectPatientlyAsync();
        await admin.GetDatabase().KeyDeleteAsync(RedisLogs.KeysOf(cluster, StreamName.Main)[key]);
        await admin.GetDatabase().StringSetAsync(RedisLogs.KeysOf(cluster, StreamName.Main)[key], "what");

        (await AppendAsync()).ShouldBe("refused");
    }

    [Fact]
    public async Task Read_EntryThatIsNotOurs_IsRefusedForThatStreamAlone()
    {
        await using var admin = await server.ConnectPatientlyAsync();
        await admin.GetDatabase().StreamAddAsync(RedisLogs.KeysOf(cluster, StreamName.Main)[1], "what", "ever", "9-0");

        var away = await Should.ThrowAsync<HistoryAwayException>(async () => await log.ReadAsync(new(0, 100, int.MaxValue), TestContext.Current.CancellationToken));

        away.Refusal.ShouldBe("Entry 9-0 of stream main in Redis is not as it was written");
        (await HealthAsync()).ShouldBe(HistoryHealth.Fine);
    }

    // The message of Redis itself names neither the command nor the keys.
    [Theory]
    [InlineData("-xrevrange", "run xrevrange")]
    [InlineData("resetkeys", "use the keys")]
    public async Task Append_RefusedWithoutAName_IsToldWithIt(string change, string named)
    {
        await server.DoAsync($"ACL SETUSER {cluster} {change}");
        time.Advance(TimeSpan.FromSeconds(2));

        var away = await Should.ThrowAsync<HistoryAwayException>(async () =>
            await log.AppendAsync(Messages.Batch(Messages.Range(head + 1, 1, at: DateTimeOffset.UtcNow)), TestContext.Current.CancellationToken));

        away.MaybeIn.ShouldBeFalse();
        away.Refusal.ShouldNotBeNull().ShouldStartWith($"Redis does not let user '{cluster}' {named}");
    }

    [Theory]
    [InlineData("epoch", "what")]
    [InlineData("epoch", "0")]
    [InlineData("head", "what")]
    [InlineData("head", "-1")]
    [InlineData("head", "1e30")]
    [InlineData("head", "9223372036854775807")]
    [InlineData("bytes", "what")]
    [InlineData("weight", "what")]
    public async Task Open_HashThatIsNotOurs_IsRefusedForThatStreamAlone(string field, string value)
    {
        await using var admin = await server.ConnectPatientlyAsync();
        var key = RedisLogs.KeysOf(cluster, StreamName.Main)[0];
        await admin.GetDatabase().HashSetAsync(key, field, value);

        var away = await Should.ThrowAsync<HistoryAwayException>(async () => await logs.LogOf(StreamName.Main).OpenAsync(TestContext.Current.CancellationToken));

        away.Refusal.ShouldBe($"Epoch, head, bytes or weight of stream main in Redis is not as it was written; with its keys deleted the stream begins anew (at the keys {cluster}:{{main}}:*)");
        (await HealthAsync()).ShouldBe(HistoryHealth.Fine);
        (await logs.ListAsync("", null, 10, TestContext.Current.CancellationToken)).ShouldBeEmpty();
    }

    // Appends one message. Whatever the history answers, it is one of the answers that it may give.
    private async Task<string> AppendAsync()
    {
        var batch = Messages.Batch(Messages.Range(head + 1, 1, at: DateTimeOffset.UtcNow));
        try
        {
            (await log.AppendAsync(batch, TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Appended);
            head++;
            await log.Trimmed;
            return "in";
        }
        catch (HistoryAwayException away)
        {
            away.Refusal.ShouldNotBeNull();
            return away.MaybeIn ? "unknown" : "refused";
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            (await log.ReadAsync(new(head - 1, 100, int.MaxValue), TestContext.Current.CancellationToken)).ShouldHaveSingleItem().Id.Sequence.ShouldBe(head);
        }
        catch (HistoryAwayException away)
        {
            away.Refusal.ShouldNotBeNull();
        }
    }

    private async Task OpenAsync()
    {
        try
        {
            var next = logs.LogOf(StreamName.Main);
            await next.OpenAsync(TestContext.Current.CancellationToken);
            next.Range.Head.ShouldBe(head);
        }
        catch (HistoryAwayException away)
        {
            away.Refusal.ShouldNotBeNull();
        }
    }

    // Opens the history as the next owner does, once it can.
    private async Task ReopenedAsync()
    {
        log = (RedisStreamHistory)logs.LogOf(StreamName.Main);
        await log.OpenAsync(TestContext.Current.CancellationToken);
        log.Range.Head.ShouldBe(head);
    }

    // One trial serves all callers within a second.
    private Task<HistoryHealth> HealthAsync()
    {
        time.Advance(TimeSpan.FromSeconds(2));
        return logs.AskHealthAsync();
    }

    private string[] Lines => [.. logger.Collector.GetSnapshot().Select(line => line.Message)];

    private int LinesAbout(string command) => NotTheLogs.Contains(command)
        ? logger.Collector.GetSnapshot().Count(line => line.Message.EndsWith($"+{command}", StringComparison.Ordinal))
        : logger.Collector.GetSnapshot().Count(line => line.Level >= Microsoft.Extensions.Logging.LogLevel.Warning);

    private async Task<long> InRedisAsync()
    {
        await using var admin = await server.ConnectPatientlyAsync();
        var newest = await admin.GetDatabase().StreamRangeAsync(RedisLogs.KeysOf(cluster, StreamName.Main)[1], count: 1, messageOrder: Order.Descending);
        return long.Parse(newest.Single().Id.ToString().Split('-')[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    private async Task GrantAsync() => await server.DoAsync(RedisRights.SiloOf(cluster));
}
