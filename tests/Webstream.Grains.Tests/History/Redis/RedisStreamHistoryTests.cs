using CsCheck;
using StackExchange.Redis;
using Webstream.Grains.History;
using Webstream.Grains.History.Redis;
using Webstream.Grains.Tests.Hosting;

namespace Webstream.Grains.Tests.History.Redis;

[Collection(OneRedis.Name)]
public class RedisStreamHistoryTests(SharedRedis redis) : StreamLogTests
{
    private readonly string cluster = RedisLogs.NewCluster();
    private IDatabase database = null!;

    private new RedisStreamHistories Logs => (RedisStreamHistories)base.Logs;

    private RedisKey[] Keys => RedisLogs.KeysOf(cluster, StreamName.Main);

    [Fact]
    public async Task Append_Message_HasItsSequenceAsItsIdInRedis()
    {
        await Append(1, 2);
        await Append(3, 1);
        (await database.StreamRangeAsync(Keys[1])).Select(entry => entry.Id.ToString()).ShouldBe(["1-0", "2-0", "3-0"]);
    }

    [Fact]
    public async Task Append_ByTwoNewOwners_OnlyOneBeginsAnEpoch()
    {
        var other = Logs.LogOf(StreamName.Main);
        await Log.OpenAsync(TestContext.Current.CancellationToken);
        await other.OpenAsync(TestContext.Current.CancellationToken);
        (await Append(1, 1)).ShouldBe(AppendResult.Appended);

        var late = Messages.Batch(Messages.Range(1, 1, at: Time.GetUtcNow(), epoch: 0xdef));
        (await other.AppendAsync(late, TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Refused);

        await other.OpenAsync(TestContext.Current.CancellationToken);
        other.Range.ShouldBe(Log.Range);
        (await Read(0)).ShouldBe([1]);
    }

    [Fact]
    public async Task Append_SameBatchAfterAnotherOwnersBatch_IsRefused()
    {
        var batch = Messages.Batch(Messages.Range(1, 1, at: Time.GetUtcNow()));
        await Log.AppendAsync(batch, TestContext.Current.CancellationToken);
        await Append(2, 1);
        // A retry that was held up on the way comes in after all appends that followed it.
        (await Log.AppendAsync(batch, TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Refused);
        (await Read(0)).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task Append_ALittleBeyondALargeBound_IsTrimmedOnceForMany()
    {
        Retained.RetainedMessages = 256;
        await Append(1, 256);
        await Append(257, 2);
        // Two messages are the slack of 256: the hundred-and-twenty-eighth part.
        (await database.StreamLengthAsync(Keys[1])).ShouldBe(258);

        await Append(259, 1);
        (await database.StreamLengthAsync(Keys[1])).ShouldBe(256);
        Log.Range.Oldest.ShouldBe(4);

        await Append(260, 1);
        await Log.TrimAsync(TestContext.Current.CancellationToken);
        (await database.StreamLengthAsync(Keys[1])).ShouldBe(256);
    }

    [Fact]
    public async Task Append_AfterSomebodyElseTrimmed_KnowsTheOldest()
    {
        await Append(1, 10);
        await Logs.TrimAsync(StreamName.Main, maxWeight: 1);
        Log.Range.Oldest.ShouldBe(1);

        await Append(11, 1);
        (Log.Range.Oldest, Log.Range.Head).ShouldBe((10, 11));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public async Task Read_AfterSomebodyElseTrimmed_SeesTheOldest(long after)
    {
        await Append(1, 10);
        await Logs.TrimAsync(StreamName.Main, maxWeight: 1);
        (await Read(after)).ShouldBe([10]);
        Log.Range.Oldest.ShouldBe(10);
    }

    [Fact]
    public async Task Read_AfterSomebodyElseTookAll_SeesThatNothingIsRetained()
    {
        await Append(1, 10);
        await Logs.TrimAsync(StreamName.Main, maxWeight: 0, keepNewest: false);
        (await Read(3)).ShouldBeEmpty();
        (Log.Range.Oldest, Log.Range.Head, Log.Range.OldestAt).ShouldBe((11, 10, null));
        (await database.KeyExistsAsync([Keys[1], Keys[2]])).ShouldBe(0);

        await Append(11, 1);
        (Log.Range.Oldest, Log.Range.Head).ShouldBe((11, 11));
    }

    // Every number of messages that may have to go, against every size of the bound. The search has to find the first message that stays.
    [Fact]
    public Task Trim_AnyBounds_TakesOffExactlyWhatIsOver() => Gen.Select(Gen.Int[1, 40], Gen.Int[1, 45], Gen.Int[1, 45], Gen.Int[0, 45]).SampleAsync(
        async (messages, maxMessages, maxBytes, aged) =>
        {
            var stream = StreamName.Parse($"trim-{Guid.NewGuid():N}");
            var (retained, log) = (new HistoryOptions(), Logs.LogOf(stream));
            var now = Time.GetUtcNow();
            for (var i = 1; i <= messages; i++)
            {
                var at = now - (i <= aged ? retained.Retention + TimeSpan.FromSeconds(1) : TimeSpan.Zero);
                await log.AppendAsync(Messages.Batch(Messages.Range(i, 1, at: at)), CancellationToken.None);
            }

            retained.RetainedMessages = maxMessages;
            retained.RetainedBytes = maxBytes * MessageBytes;
            var meta = await RedisLogs.Of(await redis.ConnectionAsync(), cluster, retained, Time).TrimAsync(stream);

            var left = Math.Min(Math.Min(maxMessages, maxBytes), Math.Max(0, messages - aged));
            var expected = Math.Min(left, messages);
            (meta.Head, meta.RetainedMessages).ShouldBe((messages, expected));
            (await database.StreamLengthAsync(RedisLogs.KeysOf(cluster, stream)[1])).ShouldBe(expected);
            (await database.StreamLengthAsync(RedisLogs.KeysOf(cluster, stream)[2])).ShouldBe(expected);
            meta.RetainedBytes.ShouldBe(expected * MessageBytes);
        },
        iter: 60, threads: 1);

    [Fact]
    public async Task Trim_MoreThanOneCallTakesOff_TakesAll()
    {
        for (var i = 0; i < 9; i++)
        {
            await Append(1 + (i * 256), 256);
        }

        Retained.RetainedMessages = 10;
        await Log.TrimAsync(TestContext.Current.CancellationToken);

        (Log.Range.Oldest, Log.Range.Head).ShouldBe((2295, 2304));
        (await database.StreamLengthAsync(Keys[1])).ShouldBe(10);
        (await database.StreamLengthAsync(Keys[2])).ShouldBe(1);
    }

    [Fact]
    public async Task Trim_LogOfAnotherOwnersEpoch_IsNotTakenForOurs()
    {
        await Append(1, 3);
        var before = Log.Range;
        await Logs.LogOf(StreamName.Main).DeclareSeenAsync(new(Messages.Epoch, 4), TestContext.Current.CancellationToken);

        var away = await Should.ThrowAsync<HistoryAwayException>(async () => await Log.TrimAsync(TestContext.Current.CancellationToken));

        away.OtherOwner.ShouldBeTrue();
        Log.Range.ShouldBe(before);
        (await Should.ThrowAsync<HistoryAwayException>(() => Read(0))).OtherOwner.ShouldBeTrue();
    }

    [Fact]
    public async Task Append_Keys_ExpireWhenNothingInThemIsYoungEnough()
    {
        Retained.Retention = TimeSpan.FromHours(2);
        await Append(1, 1);

        foreach (var key in Keys.Skip(1))
        {
            (await database.KeyTimeToLiveAsync(key))!.Value.ShouldBeInRange(TimeSpan.FromHours(1), TimeSpan.FromHours(2));
        }

        // The epoch outlives the messages: a listener that comes back later is told of a gap, not of another history.
        (await database.KeyTimeToLiveAsync(Keys[0]))!.Value.ShouldBeGreaterThan(TimeSpan.FromDays(29));
    }

    [Fact]
    public async Task Append_AfterTheHistoryExpired_GoesOnInItsEpoch()
    {
        await Append(1, 3);
        await database.KeyDeleteAsync([Keys[1], Keys[2]]);
        var owner = Logs.LogOf(StreamName.Main);
        await owner.OpenAsync(TestContext.Current.CancellationToken);

        (owner.Range.Epoch, owner.Range.Head, owner.Range.Oldest).ShouldBe((Messages.Epoch, 3, 4));
        (await Append(4, 1)).ShouldBe(AppendResult.Appended);
        (await Read(0)).ShouldBe([4]);
    }

    [Theory]
    [InlineData("a", "a:log")]
    [InlineData("a", "a:keys")]
    [InlineData("a", "ab")]
    public async Task LogOf_NamesOfOnePrefix_DoNotCollide(string one, string other)
    {
        var (first, second) = (Logs.LogOf(StreamName.Parse(one)), Logs.LogOf(StreamName.Parse(other)));
        await first.AppendAsync(Messages.Batch(Messages.Range(1, 1, "one", Time.GetUtcNow())), TestContext.Current.CancellationToken);
        await second.AppendAsync(Messages.Batch(Messages.Range(1, 2, "other", Time.GetUtcNow(), 0xdef)), TestContext.Current.CancellationToken);

        (await first.ReadAsync(new(0, 9, 9999), TestContext.Current.CancellationToken)).ShouldHaveSingleItem().Message.ShouldBe("one");
        var read = await second.ReadAsync(new(0, 9, 9999), TestContext.Current.CancellationToken);
        read.Select(m => (m.Stream.Value, m.Message)).ShouldBe([(other, "other"), (other, "other")]);
    }

    [Fact]
    public async Task LogOf_SameNameInAnotherCluster_IsAnotherLog()
    {
        await Append(1, 1);
        var other = RedisLogs.Of(await redis.ConnectionAsync(), RedisLogs.NewCluster()).LogOf(StreamName.Main);
        (await other.OpenAsync(TestContext.Current.CancellationToken)).ShouldBeEmpty();
        other.Range.ShouldBe(HistoryRange.Empty);
    }

    private protected override Task SettleAsync() => ((RedisStreamHistory)Log).Trimmed;

    private protected override async Task<IStreamHistories> LogsAsync()
    {
        var connection = await redis.ConnectionAsync();
        database = connection.GetDatabase();
        return RedisLogs.Of(connection, cluster, Retained, Time);
    }
}
