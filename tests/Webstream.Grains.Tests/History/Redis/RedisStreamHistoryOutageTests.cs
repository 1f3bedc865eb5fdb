using StackExchange.Redis;
using Webstream.Grains.Hosting;
using Webstream.Grains.History;
using Webstream.Grains.Tests.Hosting;

namespace Webstream.Grains.Tests.History.Redis;

/// <summary>The result of an append to a Redis that does not answer, and what becomes of the append afterwards. A Redis for each test.</summary>
public class RedisStreamHistoryOutageTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string cluster = RedisLogs.NewCluster();

    [Fact]
    public async Task Append_AnswerLostAfterTheScriptRan_MayBeInAndIsInOnceWhenSentAgain()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var relay = new RedisRelay(redis);
        await using var cut = await ConnectionMultiplexer.ConnectAsync(RedisSettings.Parse(relay.Address));
        await using var direct = await redis.ConnectAsync();
        // Redis knows the script, so one command is sent and has one answer.
        await AppendAsync(RedisLogs.Of(cut, cluster).LogOf(StreamName.Parse("before")), Batch(1));
        var log = RedisLogs.Of(cut, cluster).LogOf(StreamName.Main);
        var batch = Batch(1);
        var restored = Next(cut, (to, handler) => to.ConnectionRestored += handler);
        var happened = relay.CutBeforeAnswerTo(batch.Id.ToString("N"));

        var away = await Should.ThrowAsync<HistoryAwayException>(() => AppendAsync(log, batch));

        happened.IsCompleted.ShouldBeTrue();
        away.MaybeIn.ShouldBeTrue();
        (await SequencesAsync(direct)).ShouldBe([1], "the script did not run");

        await restored;
        // While it is not known whether the first batch is in, the messages found are not taken for another owner's.
        (await log.ReadAsync(new(0, 9, 9999), TestContext.Current.CancellationToken)).ShouldHaveSingleItem();
        (await AppendAsync(log, batch)).ShouldBe(AppendResult.Appended);
        (await AppendAsync(log, Batch(2))).ShouldBe(AppendResult.Appended);
        (await SequencesAsync(direct)).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task Append_RedisDown_IsSurelyNotInAtOnceAndNeverLater()
    {
        await using var redis = await RedisServer.StartAsync(appendFsync: "always");
        await using var connection = await redis.ConnectAsync();
        var log = RedisLogs.Of(connection, cluster).LogOf(StreamName.Main);
        await AppendAsync(log, Batch(1));
        var failed = Next(connection, (to, handler) => to.ConnectionFailed += handler);
        await redis.Process.KillAsync();
        await failed;

        var append = log.AppendAsync(Batch(2), TestContext.Current.CancellationToken).AsTask();

        // The append did not wait.
        append.IsCompleted.ShouldBeTrue();
        (await Should.ThrowAsync<HistoryAwayException>(append)).MaybeIn.ShouldBeFalse();

        var restored = Next(connection, (to, handler) => to.ConnectionRestored += handler);
        await redis.RunAsync();
        await restored;
        // The number was free, so another batch has it. Redis forgot the scripts meanwhile, and the messages in the history came back.
        (await AppendAsync(log, Batch(2, "another"))).ShouldBe(AppendResult.Appended);
        (await log.ReadAsync(new(0, 9, 9999), TestContext.Current.CancellationToken)).Select(m => m.Message).ShouldBe(["text", "another"]);
    }

    [Fact]
    public async Task Append_RedisFrozen_MayBeInAndIsInOnceWhenSentAgain()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var connection = await redis.ConnectAsync();
        var log = RedisLogs.Of(connection, cluster).LogOf(StreamName.Main);
        await AppendAsync(log, Batch(1));
        var batch = Batch(2);

        redis.Process.Freeze();
        HistoryAwayException away;
        try
        {
            away = await Should.ThrowAsync<HistoryAwayException>(() => AppendAsync(log, batch));
        }
        finally
        {
            redis.Process.Thaw();
        }

        away.MaybeIn.ShouldBeTrue();
        (await UntilKnownAsync(log, batch)).ShouldBe(AppendResult.Appended);
        // A connection that was open may have been given up during the freeze.
        await using var direct = await redis.ConnectAsync();
        (await SequencesAsync(direct)).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task Append_RedisWithoutMemory_IsSurelyNotIn()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var connection = await redis.ConnectAsync();
        var log = RedisLogs.Of(connection, cluster).LogOf(StreamName.Main);
        await AppendAsync(log, Batch(1));
        var database = connection.GetDatabase();
        await database.ExecuteAsync("CONFIG", "SET", "maxmemory", "1");

        (await Should.ThrowAsync<HistoryAwayException>(() => AppendAsync(log, Batch(2)))).MaybeIn.ShouldBeFalse();

        await database.ExecuteAsync("CONFIG", "SET", "maxmemory", "0");
        (await AppendAsync(log, Batch(2))).ShouldBe(AppendResult.Appended);
        (await SequencesAsync(connection)).ShouldBe([1, 2]);
    }

    private static HistoryBatch Batch(long first, string text = "text") => Messages.Batch(Messages.Range(first, 1, text, DateTimeOffset.UtcNow));

    private static async Task<AppendResult> AppendAsync(IStreamHistory log, HistoryBatch batch) =>
        await log.AppendAsync(batch, TestContext.Current.CancellationToken);

    // Retries as the owner does: Redis, or the connection, may take a while to come back.
    private static async Task<AppendResult> UntilKnownAsync(IStreamHistory log, HistoryBatch batch)
    {
        while (true)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            try
            {
                return await AppendAsync(log, batch);
            }
            catch (HistoryAwayException)
            {
                await Task.Yield();
            }
        }
    }

    private async Task<IEnumerable<long>> SequencesAsync(ConnectionMultiplexer connection)
    {
        var log = RedisLogs.Of(connection, cluster).LogOf(StreamName.Main);
        await log.OpenAsync(TestContext.Current.CancellationToken);
        return (await log.ReadAsync(new(0, 100, int.MaxValue), TestContext.Current.CancellationToken)).Select(m => m.Id.Sequence);
    }

    // Waits for an event of the connection that carries commands. The second connection carries only what is published in Redis.
    private static Task Next(ConnectionMultiplexer connection, Action<ConnectionMultiplexer, EventHandler<ConnectionFailedEventArgs>> attach)
    {
        var happened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        attach(connection, (_, what) =>
        {
            if (what.ConnectionType == ConnectionType.Interactive)
            {
                happened.TrySetResult();
            }
        });
        return happened.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
    }
}
