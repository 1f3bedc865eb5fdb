using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Webstream.Grains.Log;

namespace Webstream.Grains.Tests.Log;

public class InMemoryStreamLogsTests
{
    private const int MessageBytes = MessageSize.Overhead + 4;

    private readonly FakeTimeProvider time = new();
    private readonly LogOptions options = new();
    private readonly InMemoryStreamLogs logs;

    public InMemoryStreamLogsTests() => logs = new(Options.Create(options), time);

    [Fact]
    public async Task LogOf_StreamWithHistory_IsTheSameLog()
    {
        await Append("a", 1, 1);
        logs.LogOf(StreamName.Parse("a")).Range.Head.ShouldBe(1);
    }

    [Fact]
    public async Task LogOf_StreamThatIsOnlyAskedFor_TakesNoPlace()
    {
        options.MaxStreams = 1;
        _ = logs.LogOf(StreamName.Parse("a")).Range;
        (await Append("b", 1, 1)).ShouldBe(AppendResult.Appended);
    }

    [Fact]
    public async Task Append_OneStreamMoreThanMayBe_IsFull()
    {
        options.MaxStreams = 2;
        await Append("a", 1, 1);
        await Append("b", 1, 1);

        (await Append("c", 1, 1)).ShouldBe(AppendResult.Full);

        logs.LogOf(StreamName.Parse("c")).Range.ShouldBe(LogRange.Empty);
        (await Append("a", 2, 1)).ShouldBe(AppendResult.Appended);
    }

    [Fact]
    public async Task Append_OnceAStreamGaveWay_HasItsPlace()
    {
        options.MaxStreams = 2;
        await Append("a", 1, 1);
        await Append("b", 1, 1);
        (await Forget("a")).ShouldBeTrue();

        (await Append("c", 1, 1)).ShouldBe(AppendResult.Appended);
        (await Append("d", 1, 1)).ShouldBe(AppendResult.Full);

        logs.LogOf(StreamName.Parse("a")).Range.ShouldBe(LogRange.Empty);
        logs.LogOf(StreamName.Parse("b")).Range.Head.ShouldBe(1);
    }

    [Fact]
    public async Task Append_ToALogThatWasForgotten_IsRefusedAndTakesNoPlace()
    {
        options.MaxStreams = 1;
        await Append("a", 1, 1);
        var forgotten = logs.LogOf(StreamName.Parse("a"));
        await Forget("a");

        (await Append(forgotten, Messages.Range(2, 1, at: time.GetUtcNow()))).ShouldBe(AppendResult.Refused);

        (await logs.ListAsync("", null, 10, TestContext.Current.CancellationToken)).ShouldBeEmpty();
        (await Append("b", 1, 1)).ShouldBe(AppendResult.Appended);
    }

    [Fact]
    public async Task Quietest_StreamsOfSeveralAges_AreTheQuietOnesQuietestFirst()
    {
        foreach (var stream in (string[])["c", "a", "b"])
        {
            await Append(stream, 1, 1);
            time.Advance(TimeSpan.FromMinutes(1));
        }

        (await Quietest(TimeSpan.FromMinutes(4), 9)).ShouldBeEmpty();
        (await Quietest(TimeSpan.FromMinutes(1.5), 9)).ShouldBe(["c", "a"]);
        (await Quietest(TimeSpan.FromMinutes(1.5), 1)).ShouldBe(["c"]);

        // One that was pushed to is quiet no more.
        await Append("c", 2, 1);
        (await Quietest(TimeSpan.FromMinutes(1.5), 9)).ShouldBe(["a"]);
        await Forget("a");
        (await Quietest(TimeSpan.FromMinutes(1.5), 9)).ShouldBeEmpty();
        time.Advance(TimeSpan.FromHours(1));
        (await Quietest(TimeSpan.FromMinutes(1.5), 9)).ShouldBe(["b", "c"]);
    }

    [Fact]
    public async Task Append_ByASecondOwnerOfTheStream_IsRefused()
    {
        // Both asked for the log before either wrote.
        var one = logs.LogOf(StreamName.Main);
        var other = logs.LogOf(StreamName.Main);
        (await Append(one, Messages.Range(1, 1, at: time.GetUtcNow()))).ShouldBe(AppendResult.Appended);

        (await Append(other, Messages.Range(1, 1, at: time.GetUtcNow(), epoch: 0xdef))).ShouldBe(AppendResult.Refused);

        logs.LogOf(StreamName.Main).Range.Epoch.ShouldBe(Messages.Epoch);
    }

    [Fact]
    public async Task Append_BeyondTheTotal_TakesFromTheLargest()
    {
        options.TotalBytes = 100 * MessageBytes;
        await Append("small", 1, 10);
        await Append("large", 1, 80);

        await Append("new", 1, 11);

        logs.TotalBytes.ShouldBeLessThanOrEqualTo(options.TotalBytes);
        Retained("small").ShouldBe(10);
        Retained("new").ShouldBe(11);
        Retained("large").ShouldBeInRange(1, 69);
        logs.LogOf(StreamName.Parse("large")).Range.Head.ShouldBe(80);
    }

    [Fact]
    public async Task Append_BeyondTheTotal_IsNotHeldUpByOneLargeMessage()
    {
        options.TotalBytes = 20 * MessageBytes;
        await Append("large", Messages.Range(1, 1, new string('x', 10 * MessageBytes), time.GetUtcNow()));
        await Append("small", 1, 8);

        await Append("other", 1, 8);

        logs.TotalBytes.ShouldBeLessThanOrEqualTo(options.TotalBytes);
        Retained("large").ShouldBe(1);
    }

    [Fact]
    public async Task Append_BeyondTheTotalByNewestMessagesAlone_TakesFromTheQuietest()
    {
        options.TotalBytes = 20 * MessageBytes;
        for (var i = 0; i < 50; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Append($"s{i}", 1, 1);
            logs.TotalBytes.ShouldBeLessThanOrEqualTo(options.TotalBytes);
            Retained($"s{i}").ShouldBe(1);
        }

        Retained("s0").ShouldBe(0);
        // The stream goes on: only its history is gone.
        logs.LogOf(StreamName.Parse("s0")).Range.Head.ShouldBe(1);
        (await Append("s0", 2, 1)).ShouldBe(AppendResult.Appended);
    }

    [Fact]
    public async Task Append_OneMessageBeyondTheTotal_IsKept()
    {
        options.TotalBytes = MessageBytes - 1;
        await Append("a", 1, 1);
        await Append("b", 1, 1);
        Retained("a").ShouldBe(0);
        Retained("b").ShouldBe(1);
    }

    private ValueTask<bool> Forget(string stream)
    {
        var log = logs.LogOf(StreamName.Parse(stream));
        return log.ForgetAsync(new(log.Range.Epoch, log.Range.Head), TestContext.Current.CancellationToken);
    }

    private async Task<string[]> Quietest(TimeSpan quietFor, int limit) =>
        [.. (await logs.QuietestAsync(time.GetUtcNow() - quietFor, limit, TestContext.Current.CancellationToken)).Select(log => log.Stream.Value)];

    private long Retained(string stream) => logs.LogOf(StreamName.Parse(stream)).Range is var range ? range.Head - range.Oldest + 1 : 0;

    private ValueTask<AppendResult> Append(string stream, long first, int count, ulong epoch = Messages.Epoch) =>
        Append(stream, Messages.Range(first, count, at: time.GetUtcNow(), epoch: epoch));

    private ValueTask<AppendResult> Append(string stream, StreamMessage[] messages) => Append(logs.LogOf(StreamName.Parse(stream)), messages);

    private static ValueTask<AppendResult> Append(IStreamLog log, StreamMessage[] messages) =>
        log.AppendAsync(Messages.Batch(messages), TestContext.Current.CancellationToken);
}
