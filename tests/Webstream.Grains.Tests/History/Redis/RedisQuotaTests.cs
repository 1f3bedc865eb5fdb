using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;
using Webstream.Grains.History;
using Webstream.Grains.History.Redis;
using Webstream.Grains.Tests.Hosting;

namespace Webstream.Grains.Tests.History.Redis;

/// <summary>The quotas of keys where several silos count in one Redis, and what repairs the counts.</summary>
[Collection(OneRedis.Name)]
public sealed class RedisQuotaTests(SharedRedis redis) : IAsyncLifetime
{
    private const long One = MessageSize.Overhead + 4;

    private readonly string cluster = RedisLogs.NewCluster();
    private readonly FakeTimeProvider time = new();
    private RedisStreamHistories logs = null!;
    private RedisStreamHistories other = null!;
    private IDatabase database = null!;

    private RedisKey Used => RedisStreamIndex.KeysOf(cluster, "~streams")[7];

    public async ValueTask InitializeAsync()
    {
        var connection = await redis.ConnectionAsync();
        database = connection.GetDatabase();
        (logs, other) = (RedisLogs.Of(connection, cluster, time: time), RedisLogs.Of(connection, cluster, time: time));
    }

    public ValueTask DisposeAsync()
    {
        logs?.Dispose();
        other?.Dispose();
        return default;
    }

    [Fact]
    public async Task Append_ManyNewStreamsOfAKeyAtOnceFromTwoSilos_AreNoMoreThanItMayBegin()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(() => AppendAsync($"s{i}", new("ci", 20, null), by: i % 2 == 0 ? logs : other))));

        results.Count(result => result == AppendResult.Appended).ShouldBe(20);
        results.Count(result => result == AppendResult.OverStreams).ShouldBe(40);
        (await UsedAsync("ci")).ShouldBe(new(20, 20 * One));
    }

    [Fact]
    public async Task Append_ManyBytesOfAKeyAtOnceFromTwoSilos_AreNoMoreThanItsStreamsMayRetain()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(() => AppendAsync($"s{i}", new("ci", null, 20 * One), by: i % 2 == 0 ? logs : other))));

        results.Count(result => result == AppendResult.Appended).ShouldBe(20);
        results.Count(result => result == AppendResult.OverBytes).ShouldBe(40);
    }

    [Fact]
    public async Task Append_OfACallerWithoutQuotaOfBytes_AsksTheListNothing()
    {
        var log = logs.LogOf(StreamName.Parse("a"));
        await log.AppendAsync(Batch("a", new("ci", 5, null), 1), TestContext.Current.CancellationToken);
        await logs.Index.FlushAsync();
        // Whoever asks the list now fails.
        var names = RedisStreamIndex.KeysOf(cluster, "~streams")[0];
        await database.KeyRenameAsync(names, $"{names}-away");
        await database.StringSetAsync(names, "no set");

        (await log.AppendAsync(Batch("a", new("ci", 5, null), 2), TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Appended);
        (await log.AppendAsync(Batch("a", null, 3), TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Appended);
        await Should.ThrowAsync<HistoryAwayException>(async () =>
            await log.AppendAsync(Batch("a", new("ci", 5, 1000 * One), 4), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Drop_OfAHistoryThatExpired_MakesRoomForItsKey()
    {
        var quota = new CallerQuota("ci", 1, null);
        await AppendAsync("a", quota);
        await logs.Index.FlushAsync();
        (await AppendAsync("b", quota, by: other)).ShouldBe(AppendResult.OverStreams);

        // Nobody looks at it any more: Redis has let its messages expire.
        time.Advance(logs.Options.Retention + TimeSpan.FromMinutes(1));
        (await AppendAsync("b", quota, by: other)).ShouldBe(AppendResult.Appended);
    }

    [Fact]
    public async Task Reconcile_CountsThatWereLostOrAreWrong_AreAsTheyWere()
    {
        var quota = new CallerQuota("ci", 2, null);
        await AppendAsync("a", quota);
        await AppendAsync("b", quota);
        await logs.Index.FlushAsync();
        // Somebody removed the counts; and an older version freed a place without counting.
        await database.KeyDeleteAsync(Used);
        await database.HashSetAsync(RedisStreamIndex.KeysOf(cluster, "~streams")[6], "of-nothing", "7:ci");

        await new RedisReconciliation(other, TimeSpan.Zero).RunAsync(TestContext.Current.CancellationToken);

        (await UsedAsync("ci")).ShouldBe(new(2, 2 * One));
        (await AppendAsync("c", quota)).ShouldBe(AppendResult.OverStreams);
    }

    [Fact]
    public async Task Append_ByTheOwnerOnAnotherSilo_KnowsWhoBeganTheStream()
    {
        await AppendAsync("a", new("ci", null, One));

        var next = other.LogOf(StreamName.Parse("a"));
        await next.OpenAsync(TestContext.Current.CancellationToken);
        (await next.AppendAsync(Batch("a", null, 2), TestContext.Current.CancellationToken)).ShouldBe(AppendResult.FounderOverBytes);
        next.Range.Head.ShouldBe(1);
    }

    [Fact]
    public async Task Append_ToAStreamOfAnOlderVersion_CountsForNobody()
    {
        await AppendAsync("a", null);
        (await AppendAsync("a", new("ci", 1, One), first: 2)).ShouldBe(AppendResult.Appended);
        (await UsedAsync("ci")).ShouldBe(default);
    }

    private async Task<KeyUse> UsedAsync(string key)
    {
        await logs.Index.FlushAsync();
        return (await other.UsedByAsync([key], TestContext.Current.CancellationToken))[0];
    }

    private async Task<AppendResult> AppendAsync(string stream, CallerQuota? quota, long first = 1, RedisStreamHistories? by = null)
    {
        var log = (by ?? logs).LogOf(StreamName.Parse(stream));
        if (first > 1)
        {
            await log.OpenAsync(TestContext.Current.CancellationToken);
        }

        return await log.AppendAsync(Batch(stream, quota, first), TestContext.Current.CancellationToken);
    }

    private HistoryBatch Batch(string stream, CallerQuota? quota, long first)
    {
        var messages = Messages.Range(first, 1, at: time.GetUtcNow()).Select(message => message with { Stream = StreamName.Parse(stream) });
        return Messages.Batch([.. messages]) with { Pushers = quota is null ? [] : [quota] };
    }
}
