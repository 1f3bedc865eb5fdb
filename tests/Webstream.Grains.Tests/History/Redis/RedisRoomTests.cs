using StackExchange.Redis;
using Webstream.Grains.History;
using Webstream.Grains.History.Redis;
using Webstream.Grains.Tests.Hosting;

namespace Webstream.Grains.Tests.History.Redis;

/// <summary>The bound on what all streams retain together in Redis.</summary>
[Collection(OneRedis.Name)]
public sealed class RedisRoomTests(SharedRedis redis) : IAsyncLifetime
{
    private const int Kilobyte = 1024;

    private readonly string cluster = RedisLogs.NewCluster();
    private readonly HistoryOptions options = new();
    private RedisStreamHistories logs = null!;

    public async ValueTask InitializeAsync() => logs = RedisLogs.Of(await redis.ConnectionAsync(), cluster, options);

    public ValueTask DisposeAsync()
    {
        logs.Dispose();
        return default;
    }

    [Fact]
    public async Task Room_BeyondTheTotal_TheLargestGiveTheirOldest()
    {
        options.TotalBytes = 400 * Kilobyte;
        await FillAsync("small", 4, 10 * Kilobyte);
        await FillAsync("large", 40, 10 * Kilobyte);
        await SettledAsync();

        logs.Room.Used.ShouldBeLessThanOrEqualTo(options.TotalBytes!.Value);
        (await RetainedAsync("small")).ShouldBe(4);
        (await RetainedAsync("large")).ShouldBeInRange(20, 32);
        // The index counts exactly the weight that is there.
        logs.Index.Weight.ShouldBe((await WeightAsync("small")) + await WeightAsync("large"));
    }

    [Fact]
    public async Task Room_EachDownToItsNewest_TheQuietestGive()
    {
        options.TotalBytes = 20 * (RedisRoom.StreamWeight + (11 * Kilobyte));
        for (var i = 0; i < 40; i++)
        {
            await FillAsync($"s{i:00}", 1, 10 * Kilobyte);
        }

        await SettledAsync();

        logs.Room.Used.ShouldBeLessThanOrEqualTo(options.TotalBytes!.Value);
        var listed = (await logs.ListAsync("", null, 100, TestContext.Current.CancellationToken)).Select(log => log.Stream.Value).ToArray();
        listed.Length.ShouldBeInRange(10, 20);
        // The streams are listed in the order in which they were pushed to.
        listed.ShouldBe(Enumerable.Range(40 - listed.Length, listed.Length).Select(i => $"s{i:00}"));
    }

    [Theory]
    [InlineData(0, 1_000_000, 1_000_000)]
    [InlineData(1_000_000, 1_000_000, 750_000)]
    [InlineData(4_000_000, 1_000_000, 1_000_000)]
    public void Limit_IsTheSettingAndNoMoreThanThreeQuartersOfRedisOwn(long maxMemory, long total, long limit)
    {
        options.TotalBytes = total;
        logs.Room.Bound(maxMemory);
        logs.Room.Limit.ShouldBe(limit);
    }

    // The estimate need not be exact. But where the limit is derived from the memory of Redis, Redis must not be full before the estimate is.
    [Theory]
    [InlineData(1, 3000, false)]
    [InlineData(1, 3000, true)]
    [InlineData(2000, 400, true)]
    [InlineData(60_000, 30, true)]
    public async Task Weight_OfWhatIsRetained_IsNoLessThanWhatItTakesInRedis(int size, int count, bool hostile)
    {
        var text = new string(hostile ? '\u0001' : 'x', size);
        await using var own = await RedisServer.StartAsync();
        await using var connection = await own.ConnectPatientlyAsync();
        using var alone = RedisLogs.Of(connection, cluster, options);
        var before = await UsedAsync(connection);
        var streams = Math.Max(1, count / 100);
        for (var i = 0; i < streams; i++)
        {
            var log = alone.LogOf(StreamName.Parse($"s{i}"));
            for (var n = 1; n <= count / streams; n++)
            {
                await log.AppendAsync(Messages.Batch(Messages.Range(n, 1, text, DateTimeOffset.UtcNow)), TestContext.Current.CancellationToken);
            }
        }

        await alone.Index.FlushAsync();
        var taken = await UsedAsync(connection) - before;
        TestContext.Current.TestOutputHelper!.WriteLine($"{count} of {size}: {taken} taken, {alone.Room.Used} counted");
        alone.Room.Used.ShouldBeInRange((long)(taken * 0.9), taken * 2);
    }

    private static async Task<long> UsedAsync(ConnectionMultiplexer connection)
    {
        var info = (string)(await connection.GetDatabase().ExecuteAsync("INFO", "memory"))!;
        return long.Parse(info.Split('\n').First(line => line.StartsWith("used_memory_dataset:", StringComparison.Ordinal))["used_memory_dataset:".Length..].Trim(), System.Globalization.CultureInfo.InvariantCulture);
    }

    private async Task FillAsync(string stream, int count, int size)
    {
        var log = logs.LogOf(StreamName.Parse(stream));
        for (var i = 1; i <= count; i++)
        {
            var batch = Messages.Batch(Messages.Range(i, 1, new string('x', size), DateTimeOffset.UtcNow));
            (await log.AppendAsync(batch, TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Appended);
        }

        await SettledAsync();
    }

    private async Task SettledAsync()
    {
        await logs.Index.FlushAsync();
        await logs.Room.WaitAsync();
        await logs.Index.FlushAsync();
        await logs.Room.WaitAsync();
    }

    private async Task<long> RetainedAsync(string stream) => (await logs.MetaAsync(StreamName.Parse(stream))).RetainedMessages;

    private async Task<long> WeightAsync(string stream) => (await logs.MetaAsync(StreamName.Parse(stream))).RetainedWeight;
}
