using Webstream.Grains.History;
using Webstream.Grains.History.Moving;
using Webstream.Grains.Rules;
using Webstream.Grains.Tables;

namespace Webstream.Grains.Tests.History;

public abstract partial class StreamLogTests
{
    private const long Plenty = 1_000_000;

    [Fact]
    public async Task Append_OneStreamMoreThanTheKeyMayBegin_IsRefusedUntilOneIsDeleted()
    {
        var quota = new CallerQuota("ci", 2, null);
        (await AppendAs("a", quota)).ShouldBe(AppendResult.Appended);
        (await AppendAs("b", quota)).ShouldBe(AppendResult.Appended);

        (await AppendAs("c", quota)).ShouldBe(AppendResult.OverStreams);

        (await Logs.FindAsync(StreamName.Parse("c"), TestContext.Current.CancellationToken)).Range.Head.ShouldBe(0);
        (await UsedBy("ci")).ShouldBe(new(2, 2 * MessageBytes));
        // What is there goes on, others begin what they like, and the same key with a larger quota too.
        (await AppendAs("a", quota, first: 2)).ShouldBe(AppendResult.Appended);
        (await AppendAs("c", new("other", 1, null))).ShouldBe(AppendResult.Appended);
        (await AppendAs("d", null)).ShouldBe(AppendResult.Appended);
        (await AppendAs("e", quota with { Streams = 3 })).ShouldBe(AppendResult.Appended);

        await DeleteAs("a");
        (await AppendAs("f", quota)).ShouldBe(AppendResult.OverStreams);
        await DeleteAs("b");
        (await UsedBy("ci")).ShouldBe(new(1, MessageBytes));
        (await AppendAs("f", quota)).ShouldBe(AppendResult.Appended);
        (await AppendAs("g", quota)).ShouldBe(AppendResult.OverStreams);
    }

    [Fact]
    public async Task Append_BeyondTheBytesOfTheKey_IsRefusedInAllItsStreamsWhoeverPushes()
    {
        var quota = new CallerQuota("ci", null, 3 * MessageBytes);
        (await AppendAs("a", quota)).ShouldBe(AppendResult.Appended);
        (await AppendAs("a", new("other", null, null), first: 2)).ShouldBe(AppendResult.Appended);
        (await AppendAs("b", quota)).ShouldBe(AppendResult.Appended);

        (await AppendAs("a", quota, first: 3)).ShouldBe(AppendResult.OverBytes);
        (await AppendAs("c", quota)).ShouldBe(AppendResult.OverBytes);
        (await AppendAs("a", new("other", null, Plenty), first: 3)).ShouldBe(AppendResult.FounderOverBytes);
        (await AppendAs("a", null, first: 3)).ShouldBe(AppendResult.FounderOverBytes);
        (await UsedBy("ci")).ShouldBe(new(2, 3 * MessageBytes));
        (await UsedBy("other")).ShouldBe(default);

        // Its other streams make room for it.
        await DeleteAs("b");
        (await AppendAs("a", null, first: 3)).ShouldBe(AppendResult.Appended);
        (await AppendAs("a", null, first: 4)).ShouldBe(AppendResult.FounderOverBytes);
        // A key that has got a larger quota tells it with its next push.
        (await AppendAs("a", quota with { Bytes = Plenty }, first: 4)).ShouldBe(AppendResult.Appended);
        (await AppendAs("a", null, first: 5)).ShouldBe(AppendResult.Appended);
    }

    [Fact]
    public async Task Append_OfABatchThatIsInAlready_IsInOnceAlsoAtTheQuota()
    {
        var batch = BatchAs("a", new("ci", 1, MessageBytes), 1);
        var log = Logs.LogOf(StreamName.Parse("a"));
        (await log.AppendAsync(batch, TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Appended);
        (await log.AppendAsync(batch, TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Appended);
        (await UsedBy("ci")).ShouldBe(new(1, MessageBytes));
    }

    [Fact]
    public async Task Append_ToAStreamThatRetainsNoMoreThanItsKeyMay_GoesOnForEver()
    {
        Retained.RetainedBytes = 4 * MessageBytes;
        var quota = new CallerQuota("ci", 1, 5 * MessageBytes);
        for (var i = 1; i <= 20; i++)
        {
            (await AppendAs("a", quota, first: i)).ShouldBe(AppendResult.Appended);
        }

        (await UsedBy("ci")).Bytes.ShouldBeLessThanOrEqualTo(5 * MessageBytes);
    }

    [Fact]
    public async Task Trim_OfMessagesThatAreTooOld_MakesRoomForTheKey()
    {
        var quota = new CallerQuota("ci", 1, MessageBytes);
        (await AppendAs("a", quota)).ShouldBe(AppendResult.Appended);
        (await AppendAs("a", quota, first: 2)).ShouldBe(AppendResult.OverBytes);
        (await AppendAs("b", quota)).ShouldBe(AppendResult.OverStreams);

        Time.Advance(Retained.Retention + TimeSpan.FromSeconds(1));
        await TrimAs("a");
        (await UsedBy("ci")).ShouldBe(default);
        (await AppendAs("b", quota)).ShouldBe(AppendResult.Appended);

        // A stream without messages is begun anew, by whoever pushes next.
        (await AppendAs("a", quota, first: 2)).ShouldBe(AppendResult.OverStreams);
        (await AppendAs("a", new("other", 1, null), first: 2)).ShouldBe(AppendResult.Appended);
        (await UsedBy("other")).ShouldBe(new(1, MessageBytes));
    }

    [Fact]
    public async Task Set_ATighterBound_MakesRoomForTheKey()
    {
        var quota = new CallerQuota("ci", null, 3 * MessageBytes);
        (await AppendAs("a", quota, count: 3)).ShouldBe(AppendResult.Appended);
        (await AppendAs("b", quota)).ShouldBe(AppendResult.OverBytes);

        var log = Logs.LogOf(StreamName.Parse("a"));
        await log.OpenAsync(TestContext.Current.CancellationToken);
        (await log.SetAsync(new() { RetainedMessages = 1 }, TestContext.Current.CancellationToken)).ShouldBeTrue();

        (await UsedBy("ci")).ShouldBe(new(1, MessageBytes));
        (await AppendAs("b", quota, count: 2)).ShouldBe(AppendResult.Appended);
        (await AppendAs("b", quota, first: 3)).ShouldBe(AppendResult.OverBytes);
    }

    [Fact]
    public async Task Append_OfAKeyAtItsQuotaToAFullHistory_TakesNoPlaceFromOthers()
    {
        Retained.MaxStreams = 2;
        var quota = new CallerQuota("ci", 1, null);
        (await AppendAs("a", quota)).ShouldBe(AppendResult.Appended);
        (await AppendAs("b", null)).ShouldBe(AppendResult.Appended);

        // Full would make another stream give way.
        (await AppendAs("c", quota)).ShouldBe(AppendResult.OverStreams);
        (await AppendAs("c", new("other", 1, null))).ShouldBe(AppendResult.Full);
        (await UsedBy("other")).ShouldBe(default);
    }

    [Fact]
    public async Task Forget_AStreamThatAKeyBegan_CountsItNoMore()
    {
        var quota = new CallerQuota("ci", 1, null);
        (await AppendAs("a", quota)).ShouldBe(AppendResult.Appended);
        var log = Logs.LogOf(StreamName.Parse("a"));
        await log.OpenAsync(TestContext.Current.CancellationToken);
        (await log.ForgetAsync(new(Messages.Epoch, 1), TestContext.Current.CancellationToken)).ShouldBeTrue();

        (await UsedBy("ci")).ShouldBe(default);
        (await AppendAs("b", quota)).ShouldBe(AppendResult.Appended);
    }

    [Fact]
    public async Task Append_TheEndOfAStreamAtItsQuota_GoesIn()
    {
        var quota = new CallerQuota("ci", 1, MessageBytes);
        (await Log.AppendAsync(BatchAs("main", quota, 1), TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Appended);
        (await Log.AppendAsync(End(2), TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Appended);
    }

    [Fact]
    public async Task Move_OntoAStreamThatAKeyBegan_LeavesItsCount()
    {
        (await AppendAs("a", new CallerQuota("ci", 1, Plenty))).ShouldBe(AppendResult.Appended);
        var move = new HistoryMove(Logs, new RuleStore(new InMemoryTables()));

        (await move.BeginAsync(StreamName.Parse("a"), new(0xbad, 0), DateTimeOffset.UtcNow, 0, TestContext.Current.CancellationToken)).ShouldBe(MoveResult.NotEmpty);

        (await UsedBy("ci")).ShouldBe(new(1, MessageBytes));
        (await AppendAs("b", new CallerQuota("ci", 1, Plenty))).ShouldBe(AppendResult.OverStreams);
    }

    [Fact]
    public async Task Move_OfAStreamThatAKeyBegan_CountsForItAgain()
    {
        var quota = new CallerQuota("ci", 1, 3 * MessageBytes);
        (await AppendAs("a", quota)).ShouldBe(AppendResult.Appended);
        (await AppendAs("a", null, first: 2)).ShouldBe(AppendResult.Appended);
        var move = new HistoryMove(Logs, new RuleStore(new InMemoryTables()));
        var page = await move.ReadAsync(StreamName.Parse("a"), 0, TestContext.Current.CancellationToken);
        page.Founder.ShouldBe("ci");
        await DeleteAs("a");
        (await UsedBy("ci")).ShouldBe(default);

        // A quota never refuses what was accepted elsewhere.
        (await AppendAs("b", quota)).ShouldBe(AppendResult.Appended);
        (await move.BeginAsync(StreamName.Parse("c"), new(0xbad, 0), page.HeadAt, 0, TestContext.Current.CancellationToken)).ShouldBe(MoveResult.Done);
        var moved = page with { Epoch = 0xbad, Messages = [.. page.Messages.Select(one => one with { Id = one.Id with { Epoch = 0xbad }, Stream = StreamName.Parse("c") })] };
        (await move.AppendAsync(StreamName.Parse("c"), moved, TestContext.Current.CancellationToken)).ShouldBe(MoveResult.Done);
        (await move.CompleteAsync(StreamName.Parse("c"), closed: false, TestContext.Current.CancellationToken)).ShouldBe(MoveResult.Done);

        (await UsedBy("ci")).ShouldBe(new(2, 3 * MessageBytes));
        (await AppendAs("d", quota)).ShouldBe(AppendResult.OverStreams);
        (await AppendAs("b", quota, first: 2)).ShouldBe(AppendResult.OverBytes);
    }

    private protected async Task<KeyUse> UsedBy(string key) => (await Logs.UsedByAsync([key], TestContext.Current.CancellationToken))[0];

    // Each time by another owner, which has read what the one before it has left.
    private protected async Task<AppendResult> AppendAs(string stream, CallerQuota? quota, long first = 1, int count = 1)
    {
        var log = Logs.LogOf(StreamName.Parse(stream));
        await log.OpenAsync(TestContext.Current.CancellationToken);
        var result = await log.AppendAsync(BatchAs(stream, quota, first, count), TestContext.Current.CancellationToken);
        if (log is Webstream.Grains.History.Redis.RedisStreamHistory redis)
        {
            await redis.Trimmed;
        }

        await SettleAsync();
        return result;
    }

    private HistoryBatch BatchAs(string stream, CallerQuota? quota, long first, int count = 1)
    {
        var messages = Messages.Range(first, count, at: Time.GetUtcNow()).Select(message => message with { Stream = StreamName.Parse(stream) });
        return Messages.Batch([.. messages]) with { Pushers = quota is null ? [] : [quota] };
    }

    private async Task DeleteAs(string stream)
    {
        var log = Logs.LogOf(StreamName.Parse(stream));
        await log.OpenAsync(TestContext.Current.CancellationToken);
        (await log.DeleteAsync(new(log.Range.Epoch, log.Range.Head), NewEpoch, life: 99, TestContext.Current.CancellationToken)).ShouldBeTrue();
    }

    private async Task TrimAs(string stream)
    {
        var log = Logs.LogOf(StreamName.Parse(stream));
        await log.OpenAsync(TestContext.Current.CancellationToken);
        await log.TrimAsync(TestContext.Current.CancellationToken);
        await SettleAsync();
    }
}
