using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Webstream.Grains.Log;

namespace Webstream.Grains.Tests.Log;

public class InMemoryStreamLogTests
{
    private const int MessageBytes = MessageSize.Overhead + 4;

    private readonly FakeTimeProvider time = new();
    private readonly LogOptions options = new();
    private readonly InMemoryStreamLogs logs;
    private readonly IStreamLog log;

    public InMemoryStreamLogTests()
    {
        logs = new(Options.Create(options), time);
        log = logs.LogOf(StreamName.Main);
    }

    [Fact]
    public async Task Range_OfANewLog_IsEmpty()
    {
        log.Range.ShouldBe(LogRange.Empty);
        (await log.OpenAsync(TestContext.Current.CancellationToken)).ShouldBeEmpty();
        (await Read(0)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Append_FirstBatch_BeginsTheHistory()
    {
        (await Append(1, 3)).ShouldBe(AppendResult.Appended);
        log.Range.ShouldBe(new(Messages.Epoch, 3, 1, time.GetUtcNow(), time.GetUtcNow()));
        logs.TotalBytes.ShouldBe(3 * MessageBytes);
    }

    [Fact]
    public async Task Append_SameBatchTwice_IsInOnce()
    {
        var batch = Messages.Batch(Messages.Range(1, 2, at: time.GetUtcNow()));
        (await log.AppendAsync(batch, TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Appended);
        (await log.AppendAsync(batch, TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Appended);
        (await Read(0)).ShouldBe([1, 2]);
        logs.TotalBytes.ShouldBe(2 * MessageBytes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public async Task Append_FromAnotherHead_IsRefused(long first)
    {
        await Append(1, 3);
        (await Append(first, 1)).ShouldBe(AppendResult.Refused);
        (await Read(0)).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task Append_OfAnotherEpoch_IsRefused()
    {
        await Append(1, 3);
        var other = Messages.Batch(Messages.Range(4, 1, at: time.GetUtcNow(), epoch: 0xdef));
        (await log.AppendAsync(other, TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Refused);
        log.Range.Epoch.ShouldBe(Messages.Epoch);
    }

    [Fact]
    public async Task Append_BeyondTheCount_DropsTheOldest()
    {
        options.RetainedMessages = 5;
        await Append(1, 4);
        await Append(5, 4);
        (log.Range.Oldest, log.Range.Head).ShouldBe((4, 8));
        (await Read(0)).ShouldBe([4, 5, 6, 7, 8]);
        logs.TotalBytes.ShouldBe(5 * MessageBytes);
    }

    [Fact]
    public async Task Append_BeyondTheBytes_DropsTheOldest()
    {
        options.RetainedBytes = 3 * MessageBytes;
        await Append(1, 3);
        await Append(4, 1);
        (await Read(0)).ShouldBe([2, 3, 4]);
    }

    [Fact]
    public async Task Append_OneMessageBeyondTheBytes_IsKept()
    {
        options.RetainedBytes = MessageBytes - 1;
        await Append(1, 2);
        (await Read(0)).ShouldBe([2]);
    }

    [Fact]
    public async Task Read_MessagesPastTheRetention_AreGone()
    {
        await Append(1, 2);
        time.Advance(options.Retention);
        await Append(3, 1);
        (await Read(0)).ShouldBe([1, 2, 3]);

        time.Advance(TimeSpan.FromTicks(1));

        (await Read(0)).ShouldBe([3]);
        log.Range.Oldest.ShouldBe(3);
    }

    [Fact]
    public async Task Range_AllPastTheRetention_KeepsHeadAndEpoch()
    {
        await Append(1, 2);
        var pushed = time.GetUtcNow();
        time.Advance(options.Retention + TimeSpan.FromTicks(1));

        log.Range.ShouldBe(new(Messages.Epoch, 2, 3, pushed, null));
        logs.TotalBytes.ShouldBe(0);
        (await Append(3, 1)).ShouldBe(AppendResult.Appended);
    }

    [Fact]
    public async Task Open_Keys_AreThoseOfTheRetainedMessages()
    {
        options.RetainedMessages = 3;
        await Append(1, 2);
        await Append(3, 2);
        await Append(5, 1);
        // Of the first batch nothing is left, of the second one both, and the third.
        (await log.OpenAsync(TestContext.Current.CancellationToken)).Select(k => k.Key).ShouldBe(["key-3", "key-5"]);
    }

    [Fact]
    public async Task Open_KeyOfABatchThatIsPartlyRetained_IsKept()
    {
        options.RetainedMessages = 3;
        await Append(1, 2);
        await Append(3, 2);
        (await log.OpenAsync(TestContext.Current.CancellationToken)).Select(k => k.Key).ShouldBe(["key-1", "key-3"]);
    }

    [Fact]
    public async Task Read_InPages_GivesEverythingOnce()
    {
        await Append(1, 10);
        (await Read(0, maxMessages: 4)).ShouldBe([1, 2, 3, 4]);
        (await Read(4, maxMessages: 4)).ShouldBe([5, 6, 7, 8]);
        (await Read(8, maxMessages: 4)).ShouldBe([9, 10]);
        (await Read(10, maxMessages: 4)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(MessageBytes, 1)]
    [InlineData(MessageBytes + 1, 2)]
    [InlineData(3 * MessageBytes, 3)]
    public async Task Read_PageOfBytes_EndsWithTheMessageThatReachesIt(int maxBytes, int expected)
    {
        await Append(1, 10);
        (await Read(0, maxBytes: maxBytes)).Length.ShouldBe(expected);
    }

    [Fact]
    public async Task Read_AfterAMessageNotRetainedAnyMore_BeginsWithTheOldest()
    {
        options.RetainedMessages = 2;
        await Append(1, 5);
        (await Read(1)).ShouldBe([4, 5]);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(long.MaxValue)]
    public async Task Read_AfterMoreThanThereIs_GivesNothing(long after)
    {
        await Append(1, 5);
        (await Read(after)).ShouldBeEmpty();
    }

    private ValueTask<AppendResult> Append(long first, int count) =>
        log.AppendAsync(Messages.Batch(Messages.Range(first, count, at: time.GetUtcNow())), TestContext.Current.CancellationToken);

    private async Task<long[]> Read(long after, int maxMessages = 1000, int maxBytes = int.MaxValue) =>
        [.. (await log.ReadAsync(new(after, maxMessages, maxBytes), TestContext.Current.CancellationToken)).Select(m => m.Id.Sequence)];
}
