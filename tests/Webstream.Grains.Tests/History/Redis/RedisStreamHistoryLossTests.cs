using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;
using Webstream.Grains.History;
using Webstream.Grains.History.Redis;
using Webstream.Grains.Tests.Hosting;

namespace Webstream.Grains.Tests.History.Redis;

/// <summary>A Redis that came back without its last writes, and a Redis in which somebody has changed data by hand.</summary>
[Collection(OneRedis.Name)]
public sealed class RedisStreamHistoryLossTests(SharedRedis redis) : IAsyncLifetime, IDisposable
{
    private readonly string cluster = RedisLogs.NewCluster();
    private readonly FakeTimeProvider time = new();
    private readonly RefusedAppends refused = new();
    private RedisStreamHistories logs = null!;
    private IDatabase database = null!;
    private IStreamHistory log = null!;

    private RedisKey[] Keys => RedisLogs.KeysOf(cluster, StreamName.Main);

    public async ValueTask InitializeAsync()
    {
        var connection = await redis.ConnectionAsync();
        database = connection.GetDatabase();
        logs = RedisLogs.Of(connection, cluster, time: time, metrics: refused.Metrics);
        log = logs.LogOf(StreamName.Main);
    }

    public ValueTask DisposeAsync() => default;

    public void Dispose() => refused.Dispose();

    [Fact]
    public async Task DeclareSeen_AheadOfALostTail_BeginsOneEpochHoweverManySayIt()
    {
        await AppendAsync(log, 1, 3);
        var older = await CopyAsync();
        await AppendAsync(log, 4, 2);
        await RestoreAsync(older);

        var seen = new EventId(Messages.Epoch, 5);
        var began = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => logs.LogOf(StreamName.Main).DeclareSeenAsync(seen, TestContext.Current.CancellationToken).AsTask()));

        began.Count(b => b).ShouldBe(1);
        var owner = await OpenAsync();
        owner.Range.Epoch.ShouldNotBe(Messages.Epoch);
        (owner.Range.Head, owner.Range.Oldest).ShouldBe((3, 1));
    }

    [Fact]
    public async Task DeclareSeen_AfterALostTail_TheRestIsReadUnderTheNewEpochAndGoesOn()
    {
        await AppendAsync(log, 1, 3);
        var older = await CopyAsync();
        await AppendAsync(log, 4, 2);
        await RestoreAsync(older);
        await log.DeclareSeenAsync(new(Messages.Epoch, 5), TestContext.Current.CancellationToken);

        var owner = logs.LogOf(StreamName.Main);
        (await owner.OpenAsync(TestContext.Current.CancellationToken)).Select(k => k.Key).ShouldBe(["key-1"]);
        (await AppendAsync(owner, 4, 1)).ShouldBe(AppendResult.Appended);

        (await ReadAsync(owner)).ShouldBe(Enumerable.Range(1, 4).Select(i => new EventId(owner.Range.Epoch, i)));
    }

    [Theory]
    [InlineData(Messages.Epoch, 3)]
    [InlineData(Messages.Epoch, 1)]
    [InlineData(0xdefUL, 100)]
    [InlineData(0UL, 0)]
    public async Task DeclareSeen_NotAheadInThisEpoch_BeginsNone(ulong epoch, long sequence)
    {
        await AppendAsync(log, 1, 3);
        (await log.DeclareSeenAsync(new(epoch, sequence), TestContext.Current.CancellationToken)).ShouldBeFalse();
        (await OpenAsync()).Range.Epoch.ShouldBe(Messages.Epoch);
    }

    [Fact]
    public async Task DeclareSeen_OfALogThatNeverWas_BeginsNone()
    {
        (await log.DeclareSeenAsync(new(Messages.Epoch, 3), TestContext.Current.CancellationToken)).ShouldBeFalse();
        (await OpenAsync()).Range.ShouldBe(HistoryRange.Empty);
    }

    [Fact]
    public async Task Append_ByAWriterAheadOfALostTail_IsRefusedAndBeginsAnEpoch()
    {
        await AppendAsync(log, 1, 3);
        var older = await CopyAsync();
        await AppendAsync(log, 4, 2);
        await RestoreAsync(older);

        (await AppendAsync(log, 6, 1)).ShouldBe(AppendResult.Refused);

        refused.Count.ShouldBe(1);
        var owner = await OpenAsync();
        owner.Range.Epoch.ShouldNotBe(Messages.Epoch);
        (await AppendAsync(owner, 4, 1)).ShouldBe(AppendResult.Appended);
    }

    [Fact]
    public async Task Append_ByAWriterBehind_IsRefusedAndTheEpochStays()
    {
        await AppendAsync(log, 1, 3);
        (await AppendAsync(logs.LogOf(StreamName.Main), 1, 1)).ShouldBe(AppendResult.Refused);
        refused.Count.ShouldBe(1);
        (await OpenAsync()).Range.Epoch.ShouldBe(Messages.Epoch);
    }

    [Fact]
    public async Task Append_NewestEntriesDeletedByHand_BeginsAnEpochAndGoesOn()
    {
        await AppendAsync(log, 1, 3);
        await AppendAsync(log, 4, 1);
        await database.StreamDeleteAsync(Keys[1], ["3-0", "4-0"]);
        await MendedAsync(head: 4);
    }

    [Fact]
    public async Task Append_EntryAddedByHand_BeginsAnEpochAndGoesOn()
    {
        await AppendAsync(log, 1, 3);
        await database.StreamAddAsync(Keys[1], "what", "ever", "9-0");
        await MendedAsync(head: 3);
    }

    [Fact]
    public async Task Append_OnlyKeysAhead_BeginsAnEpochAndGoesOn()
    {
        await AppendAsync(log, 1, 3);
        await database.StreamAddAsync(Keys[2], "k", "{\"Key\":\"x\",\"Fingerprint\":\"1\",\"Count\":1,\"Time\":0}", "9-0");
        await MendedAsync(head: 3);
    }

    [Fact]
    public async Task Append_PositionEvicted_BeginsTheHistoryAnew()
    {
        await AppendAsync(log, 1, 3);
        await database.KeyDeleteAsync(Keys[0]);
        (await AppendAsync(log, 4, 1)).ShouldBe(AppendResult.Refused);

        var owner = await OpenAsync();
        owner.Range.ShouldBe(HistoryRange.Empty);
        (await owner.AppendAsync(Messages.Batch(Messages.Range(1, 1, at: time.GetUtcNow(), epoch: 0xdef)), TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Appended);
        (await ReadAsync(owner)).ShouldBe([new(0xdef, 1)]);
    }

    // The writer is refused. The next owner goes on in another epoch from the same head.
    private async Task MendedAsync(long head)
    {
        (await AppendAsync(log, head + 1, 2)).ShouldBe(AppendResult.Refused);

        var owner = await OpenAsync();
        owner.Range.Epoch.ShouldNotBe(Messages.Epoch);
        (owner.Range.Head, owner.Range.Oldest).ShouldBe((head, head + 1));
        (await AppendAsync(owner, head + 1, 2)).ShouldBe(AppendResult.Appended);
        (await AppendAsync(owner, head + 3, 1)).ShouldBe(AppendResult.Appended);
        (await ReadAsync(owner)).ShouldBe(Enumerable.Range(1, 3).Select(i => new EventId(owner.Range.Epoch, head + i)));
        refused.Count.ShouldBe(1);
    }

    private async Task<IStreamHistory> OpenAsync()
    {
        var owner = logs.LogOf(StreamName.Main);
        await owner.OpenAsync(TestContext.Current.CancellationToken);
        return owner;
    }

    private async Task<AppendResult> AppendAsync(IStreamHistory to, long first, int count) => await to.AppendAsync(
        Messages.Batch(Messages.Range(first, count, at: time.GetUtcNow(), epoch: to.Range.Epoch == 0 ? Messages.Epoch : to.Range.Epoch)),
        TestContext.Current.CancellationToken);

    private static async Task<IEnumerable<EventId>> ReadAsync(IStreamHistory from) =>
        (await from.ReadAsync(new(0, 1000, int.MaxValue), TestContext.Current.CancellationToken)).Select(m => m.Id);

    // All three belong together in one Redis: a script's writes come back together or not at all.
    private Task<byte[]?[]> CopyAsync() => Task.WhenAll(Keys.Select(key => database.KeyDumpAsync(key)));

    private async Task RestoreAsync(byte[]?[] copy)
    {
        await database.KeyDeleteAsync(Keys);
        for (var i = 0; i < copy.Length; i++)
        {
            await database.KeyRestoreAsync(Keys[i], copy[i]!);
        }
    }
}
