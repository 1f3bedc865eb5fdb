using StackExchange.Redis;
using Webstream.Grains.History;
using Webstream.Grains.History.Redis;
using Webstream.Grains.Tests.Hosting;

namespace Webstream.Grains.Tests.History.Redis;

/// <summary>
/// A Redis that refuses writes: full, demoted, without a disk or replicas. Old and new streams get the same answer. A Redis for each test.
/// </summary>
public class RedisStreamHistoryConditionTests
{
    private readonly string cluster = RedisLogs.NewCluster();

    [Fact]
    public Task Redis_Full_RefusesOldAndNewStreamsAlike() => RefusesAsync(
        redis => redis.DoAsync("CONFIG SET maxmemory 1"), redis => redis.DoAsync("CONFIG SET maxmemory 0"), "Redis is full: its maxmemory is reached", trims: true);

    [Fact]
    public Task Redis_Demoted_RefusesOldAndNewStreamsAlike() => RefusesAsync(
        redis => redis.DoAsync("REPLICAOF 127.0.0.1 1"), redis => redis.DoAsync("REPLICAOF NO ONE"), "Redis is read-only: it is a replica", trims: false);

    [Fact]
    public Task Redis_WithoutReplicas_RefusesOldAndNewStreamsAlike() => RefusesAsync(
        redis => redis.DoAsync("CONFIG SET min-replicas-to-write 1"),
        redis => redis.DoAsync("CONFIG SET min-replicas-to-write 0"),
        "Redis has fewer replicas than min-replicas-to-write, and takes no writes",
        trims: false);

    [Fact]
    public Task Redis_WithoutADisk_RefusesOldAndNewStreamsAlike() => RefusesAsync(
        redis => redis.LoseDiskAsync(),
        redis => redis.DoAsync("CONFIG SET stop-writes-on-bgsave-error no"),
        "Redis cannot write to its disk, and takes no writes (MISCONF)",
        trims: false,
        "--save", "3600 1");

    private async Task RefusesAsync(Func<RedisServer, Task> begin, Func<RedisServer, Task> end, string why, bool trims, params string[] settings)
    {
        await using var redis = await RedisServer.StartAsync(settings: settings);
        await using var connection = await redis.ConnectPatientlyAsync();
        var options = new HistoryOptions { RetainedMessages = 3 };
        using var logs = RedisLogs.Of(connection, cluster, options);
        var old = (RedisStreamHistory)logs.LogOf(StreamName.Main);
        for (var i = 1; i <= 3; i++)
        {
            await AppendAsync(old, i);
        }

        await begin(redis);
        await RefusedAsync(old, 4);
        await RefusedAsync(logs.LogOf(StreamName.Parse("new")), 1);
        // The second append is refused like the first, and leaves nothing behind.
        await RefusedAsync(logs.LogOf(StreamName.Parse("new")), 1);
        (await logs.ListAsync("", null, 10, TestContext.Current.CancellationToken)).Select(l => l.Stream.Value).ShouldBe(["main"]);
        (await logs.AskHealthAsync()).ShouldBe(new($"pushes are refused: {why}", null));

        // Listening goes on: the retained messages can be read, and another owner can take the history over.
        var next = logs.LogOf(StreamName.Main);
        (await next.OpenAsync(TestContext.Current.CancellationToken)).Count.ShouldBe(3);
        (next.Range.Head, next.Range.Oldest).ShouldBe((3, 1));
        (await next.ReadAsync(new(0, 9, int.MaxValue), TestContext.Current.CancellationToken)).Length.ShouldBe(3);
        options.RetainedMessages = 2;
        if (trims)
        {
            // A full Redis also carries out commands that free memory.
            await next.TrimAsync(TestContext.Current.CancellationToken);
            next.Range.Oldest.ShouldBe(2);
        }
        else
        {
            (await Should.ThrowAsync<HistoryAwayException>(async () => await next.TrimAsync(TestContext.Current.CancellationToken))).Refusal.ShouldBe(why);
        }

        await end(redis);
        await AppendAsync(old, 4);
        await AppendAsync(logs.LogOf(StreamName.Parse("new")), 1);
        using var fresh = RedisLogs.Of(connection, cluster);
        (await fresh.AskHealthAsync()).ShouldBe(HistoryHealth.Fine);

        async Task RefusedAsync(IStreamHistory log, long first)
        {
            var away = await Should.ThrowAsync<HistoryAwayException>(() => AppendAsync(log, first));
            (away.Refusal, away.MaybeIn).ShouldBe((why, false));
        }
    }

    private static async Task AppendAsync(IStreamHistory log, long first)
    {
        var batch = Messages.Batch(Messages.Range(first, 1, at: DateTimeOffset.UtcNow));
        (await log.AppendAsync(batch, TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Appended);
    }
}
