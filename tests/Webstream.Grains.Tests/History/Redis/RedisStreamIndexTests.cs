using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;
using Webstream.Grains.History;
using Webstream.Grains.History.Redis;
using Webstream.Grains.Tests.Hosting;

namespace Webstream.Grains.Tests.History.Redis;

/// <summary>How many streams there may be, which is the quietest, what is remembered of streams that are gone, and what repairs the list.</summary>
[Collection(OneRedis.Name)]
public sealed class RedisStreamIndexTests(SharedRedis redis) : IAsyncLifetime
{
    private readonly string cluster = RedisLogs.NewCluster();
    private readonly FakeTimeProvider time = new();
    private readonly HistoryOptions options = new();
    private RedisStreamHistories logs = null!;
    private IDatabase database = null!;

    private RedisKey[] Keys => RedisStreamIndex.KeysOf(cluster, "~streams");

    public async ValueTask InitializeAsync()
    {
        var connection = await redis.ConnectionAsync();
        (database, logs) = (connection.GetDatabase(), RedisLogs.Of(connection, cluster, options, time));
    }

    public ValueTask DisposeAsync()
    {
        logs.Dispose();
        return default;
    }

    [Fact]
    public async Task Append_OneStreamMoreThanMayBe_IsFull()
    {
        options.MaxStreams = 2;
        await AppendAsync("a");
        await AppendAsync("b");

        (await TryAppendAsync("c")).ShouldBe(AppendResult.Full);

        (await database.KeyExistsAsync(RedisLogs.KeysOf(cluster, StreamName.Parse("c")))).ShouldBe(0);
        await AppendAsync("a", 2);
        (await ListAsync()).ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task Append_ManyNewStreamsAtOnceFromTwoSilos_AreNoMoreThanMayBe()
    {
        options.MaxStreams = 20;
        var connection = await redis.ConnectionAsync();
        using var other = RedisLogs.Of(connection, cluster, options, time);
        var results = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(() => TryAppendAsync($"s{i}", 1, i % 2 == 0 ? logs : other))));

        results.Count(result => result == AppendResult.Appended).ShouldBe(20);
        results.Count(result => result == AppendResult.Full).ShouldBe(40);
        (await ListAsync()).Length.ShouldBe(20);
    }

    [Fact]
    public async Task Append_OneStreamMore_TakesThePlaceOfOneWhoseHistoryExpired()
    {
        options.MaxStreams = 2;
        await AppendAsync("a");
        time.Advance(options.Retention);
        await AppendAsync("b");
        time.Advance(TimeSpan.FromSeconds(1));

        await AppendAsync("c");

        (await ListAsync()).ShouldBe(["b", "c"]);
        // A listener that comes back to it is told of a gap, not of another history.
        (await logs.FindAsync(StreamName.Parse("a"), TestContext.Current.CancellationToken)).Range.Head.ShouldBe(1);
    }

    [Fact]
    public async Task Forget_FreesThePlaceAtOnce()
    {
        options.MaxStreams = 1;
        await AppendAsync("a");
        (await TryAppendAsync("b")).ShouldBe(AppendResult.Full);

        (await logs.LogOf(StreamName.Parse("a")).ForgetAsync(new(Messages.Epoch, 1), TestContext.Current.CancellationToken)).ShouldBeTrue();

        await AppendAsync("b");
        (await ListAsync()).ShouldBe(["b"]);
        (await logs.FindAsync(StreamName.Parse("a"), TestContext.Current.CancellationToken)).Forgotten.ShouldBe(Messages.Epoch);
    }

    [Fact]
    public async Task Append_OfAForgottenEpochThatComesLate_IsRefused()
    {
        var log = logs.LogOf(StreamName.Main);
        var first = Messages.Batch(Messages.Range(1, 1, at: time.GetUtcNow()));
        await log.AppendAsync(first, TestContext.Current.CancellationToken);
        await log.ForgetAsync(new(Messages.Epoch, 1), TestContext.Current.CancellationToken);

        (await logs.LogOf(StreamName.Main).AppendAsync(first, TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Refused);
    }

    [Fact]
    public async Task Quietest_StreamsOfSeveralAges_AreTheQuietOnesQuietestFirst()
    {
        foreach (var stream in (string[])["c", "a", "b"])
        {
            await AppendAsync(stream);
            time.Advance(TimeSpan.FromMinutes(1));
        }

        (await QuietestAsync(TimeSpan.FromMinutes(4), 9)).ShouldBeEmpty();
        (await QuietestAsync(TimeSpan.FromMinutes(1.5), 9)).ShouldBe(["c", "a"]);
        (await QuietestAsync(TimeSpan.FromMinutes(1.5), 1)).ShouldBe(["c"]);

        // A stream that was pushed to is no longer quiet.
        await AppendAsync("c", 2);
        (await QuietestAsync(TimeSpan.FromMinutes(1.5), 9)).ShouldBe(["a"]);
        await logs.LogOf(StreamName.Parse("a")).ForgetAsync(new(Messages.Epoch, 1), TestContext.Current.CancellationToken);
        (await QuietestAsync(TimeSpan.FromMinutes(1.5), 9)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Sweep_StreamsWhoseHistoryExpired_LeaveTheListAndAreRememberedForAWhile()
    {
        await AppendAsync("a");
        await AppendAsync("b");
        time.Advance(options.Retention + TimeSpan.FromSeconds(1));
        await AppendAsync("b", 2);
        // The list is written after the append.
        var appended = time.GetUtcNow().ToUnixTimeMilliseconds();
        await Until.TrueAsync(async () => await database.SortedSetScoreAsync(Keys[1], "b") >= appended);

        (await logs.Index.SweepAsync()).ShouldBeEmpty();

        (await ListAsync()).ShouldBe(["b"]);
        (logs.Index.Streams, logs.Index.Weight).ShouldBe((1, (long)(await database.SortedSetScoreAsync(Keys[2], "b"))!.Value));
        time.Advance(RedisStreamHistories.RememberEpoch + TimeSpan.FromSeconds(1));
        (await logs.Index.SweepAsync()).Select(stream => stream.Value).ShouldBe(["a"]);
    }

    [Fact]
    public async Task Turn_MoreStreamsWithoutHistoryThanMayBeRemembered_ForgetsTheOldest()
    {
        options.MaxStreams = 3;
        for (var i = 0; i < 8; i++)
        {
            await AppendAsync($"s{i}");
            time.Advance(options.Retention + TimeSpan.FromSeconds(1));
            await database.KeyDeleteAsync([.. RedisLogs.KeysOf(cluster, StreamName.Parse($"s{i}"))[1..]]);
        }

        await new RedisUpkeep(logs, Microsoft.Extensions.Logging.Abstractions.NullLogger<RedisUpkeep>.Instance).TurnAsync();

        (await Task.WhenAll(Enumerable.Range(0, 8).Select(async i => (await logs.FindAsync(StreamName.Parse($"s{i}"), TestContext.Current.CancellationToken)).Range.Epoch != 0)))
            .ShouldBe([false, false, false, false, false, true, true, true]);
    }

    [Fact]
    public async Task Reconcile_AListThatWasLost_IsAsItWas()
    {
        foreach (var stream in (string[])["a", "b", "c:d"])
        {
            await AppendAsync(stream);
            await AppendAsync(stream, 2);
        }

        await logs.Index.FlushAsync();
        var (names, weights) = (await ListAsync(), await database.SortedSetRangeByRankWithScoresAsync(Keys[2]));
        await database.KeyDeleteAsync(Keys);
        await database.SortedSetAddAsync(Keys[0], "of-nothing", 0);

        await new RedisReconciliation(logs, TimeSpan.Zero).RunAsync(TestContext.Current.CancellationToken);

        (await ListAsync()).ShouldBe(names);
        (await database.SortedSetRangeByRankAsync(Keys[0])).Select(name => name.ToString()).ShouldBe(names);
        (await database.SortedSetRangeByRankWithScoresAsync(Keys[2])).ShouldBe(weights);
        ((long)await database.StringGetAsync(Keys[4])).ShouldBe((long)weights.Sum(one => one.Score));
    }

    [Fact]
    public async Task Reconcile_HistoryOfAnOlderVersion_IsCountedWithWhatItRetains()
    {
        var keys = RedisLogs.KeysOf(cluster, StreamName.Main);
        // The entries as version 1.0.0 wrote them, after the first message had gone.
        await database.StreamAddAsync(keys[1], [new("b", 129), new("t", RedisEntries.Time(time.GetUtcNow())), new("m", "{\"id\":\"abc-2\",\"stream\":\"main\",\"timestamp\":\"2000-01-01T00:00:00+00:00\",\"message\":\"x\"}")], "2-0");
        await database.HashSetAsync(keys[0], [new("epoch", "abc"), new("head", 2), new("batch", "b"), new("bytes", 258), new("time", RedisEntries.Time(time.GetUtcNow()))]);

        await new RedisReconciliation(logs, TimeSpan.Zero).RunAsync(TestContext.Current.CancellationToken);

        (await logs.ListAsync("", null, 9, TestContext.Current.CancellationToken)).ShouldHaveSingleItem().Range.ShouldBe(new(0xabc, 2, 2, time.GetUtcNow(), time.GetUtcNow()));
        ((long)(await database.SortedSetScoreAsync(Keys[2], "main"))!.Value).ShouldBe(129);
        await AppendAsync("main", 3);
        (await logs.LogOf(StreamName.Main).OpenAsync(TestContext.Current.CancellationToken)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task List_AsWritten_NeedsNoFlushByHand()
    {
        await AppendAsync("a");
        await AppendAsync("a", 2);
        var before = await database.SortedSetScoreAsync(Keys[1], "a");
        time.Advance(TimeSpan.FromSeconds(30));
        await AppendAsync("a", 3);
        time.Advance(TimeSpan.FromSeconds(1));
        await logs.Index.FlushAsync();
        (await database.SortedSetScoreAsync(Keys[1], "a")).ShouldBe(before + 30_000);
    }

    private async Task<string[]> ListAsync() => [.. (await logs.ListAsync("", null, 1000, TestContext.Current.CancellationToken)).Select(log => log.Stream.Value)];

    private async Task<string[]> QuietestAsync(TimeSpan quietFor, int limit) =>
        [.. (await logs.QuietestAsync(time.GetUtcNow() - quietFor, limit, TestContext.Current.CancellationToken)).Select(log => log.Stream.Value)];

    private async Task AppendAsync(string stream, long first = 1) => (await TryAppendAsync(stream, first)).ShouldBe(AppendResult.Appended);

    private async Task<AppendResult> TryAppendAsync(string stream, long first = 1, RedisStreamHistories? by = null)
    {
        var log = (by ?? logs).LogOf(StreamName.Parse(stream));
        if (first > 1)
        {
            await log.OpenAsync(TestContext.Current.CancellationToken);
        }

        return await log.AppendAsync(Messages.Batch(Messages.Range(first, 1, at: time.GetUtcNow())), TestContext.Current.CancellationToken);
    }
}
