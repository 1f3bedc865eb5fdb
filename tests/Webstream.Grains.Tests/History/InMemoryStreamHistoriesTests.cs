using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Webstream.Grains.History;
using Webstream.Grains.Memory;
using Webstream.Grains.Tests.Memory;

namespace Webstream.Grains.Tests.History;

public class InMemoryStreamHistoriesTests
{
    private static readonly int Weight = MessageWeight.Of(Messages.Range(1, 1)[0]);

    private readonly FakeTimeProvider time = new();
    private readonly HistoryOptions options = new();
    private InMemoryStreamHistories? made;

    private InMemoryStreamHistories Logs => made ??= new(Options.Create(options), Budgets.Of(options), time);

    [Fact]
    public async Task LogOf_StreamWithHistory_IsTheSameLog()
    {
        await Append("a", 1, 1);
        Logs.LogOf(StreamName.Parse("a")).Range.Head.ShouldBe(1);
    }

    [Fact]
    public async Task LogOf_StreamThatIsOnlyAskedFor_TakesNoPlace()
    {
        options.MaxStreams = 1;
        _ = Logs.LogOf(StreamName.Parse("a")).Range;
        (await Append("b", 1, 1)).ShouldBe(AppendResult.Appended);
    }

    [Fact]
    public async Task Append_OneStreamMoreThanMayBe_IsFull()
    {
        options.MaxStreams = 2;
        await Append("a", 1, 1);
        await Append("b", 1, 1);

        (await Append("c", 1, 1)).ShouldBe(AppendResult.Full);

        Logs.LogOf(StreamName.Parse("c")).Range.ShouldBe(HistoryRange.Empty);
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

        Logs.LogOf(StreamName.Parse("a")).Range.ShouldBe(HistoryRange.Empty with { Life = 2 });
        Logs.LogOf(StreamName.Parse("b")).Range.Head.ShouldBe(1);
    }

    [Fact]
    public async Task Append_ToALogThatWasForgotten_IsRefusedAndTakesNoPlace()
    {
        options.MaxStreams = 1;
        await Append("a", 1, 1);
        var forgotten = Logs.LogOf(StreamName.Parse("a"));
        await Forget("a");

        (await Append(forgotten, Messages.Range(2, 1, at: time.GetUtcNow()))).ShouldBe(AppendResult.Refused);

        (await Logs.ListAsync("", null, 10, TestContext.Current.CancellationToken)).ShouldBeEmpty();
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

        // A stream that was pushed to is no longer quiet.
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
        // Both owners asked for the history before either wrote.
        var one = Logs.LogOf(StreamName.Main);
        var other = Logs.LogOf(StreamName.Main);
        (await Append(one, Messages.Range(1, 1, at: time.GetUtcNow()))).ShouldBe(AppendResult.Appended);

        (await Append(other, Messages.Range(1, 1, at: time.GetUtcNow(), epoch: 0xdef))).ShouldBe(AppendResult.Refused);

        Logs.LogOf(StreamName.Main).Range.Epoch.ShouldBe(Messages.Epoch);
    }

    [Fact]
    public async Task Append_BeyondTheTotal_TakesFromTheLargest()
    {
        options.TotalBytes = 100 * Weight;
        await Append("small", 1, 10);
        await Append("large", 1, 80);

        await Append("new", 1, 11);

        Logs.TotalWeight.ShouldBeLessThanOrEqualTo(options.TotalBytes!.Value);
        Retained("small").ShouldBe(10);
        Retained("new").ShouldBe(11);
        Retained("large").ShouldBeInRange(1, 69);
        Logs.LogOf(StreamName.Parse("large")).Range.Head.ShouldBe(80);
    }

    [Fact]
    public async Task Append_BeyondTheTotal_IsNotHeldUpByOneLargeMessage()
    {
        options.TotalBytes = 20 * Weight;
        await Append("large", Messages.Range(1, 1, new string('x', 5 * Weight), time.GetUtcNow()));
        await Append("small", 1, 8);

        await Append("other", 1, 8);

        Logs.TotalWeight.ShouldBeLessThanOrEqualTo(options.TotalBytes!.Value);
        Retained("large").ShouldBe(1);
    }

    [Fact]
    public async Task Append_BeyondTheTotalByNewestMessagesAlone_TakesFromTheQuietest()
    {
        options.TotalBytes = 20 * Weight;
        for (var i = 0; i < 50; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Append($"s{i}", 1, 1);
            Logs.TotalWeight.ShouldBeLessThanOrEqualTo(options.TotalBytes!.Value);
            Retained($"s{i}").ShouldBe(1);
        }

        Retained("s0").ShouldBe(0);
        // The stream goes on: only its history is gone.
        Logs.LogOf(StreamName.Parse("s0")).Range.Head.ShouldBe(1);
        (await Append("s0", 2, 1)).ShouldBe(AppendResult.Appended);
    }

    [Fact]
    public async Task Append_OneMessageBeyondTheTotal_IsKept()
    {
        options.TotalBytes = Weight - 1;
        await Append("a", 1, 1);
        await Append("b", 1, 1);
        Retained("a").ShouldBe(0);
        Retained("b").ShouldBe(1);
    }

    private ValueTask<bool> Forget(string stream)
    {
        var log = Logs.LogOf(StreamName.Parse(stream));
        return log.ForgetAsync(new(log.Range.Epoch, log.Range.Head), TestContext.Current.CancellationToken);
    }

    private async Task<string[]> Quietest(TimeSpan quietFor, int limit) =>
        [.. (await Logs.QuietestAsync(time.GetUtcNow() - quietFor, limit, TestContext.Current.CancellationToken)).Select(log => log.Stream.Value)];

    [Theory]
    [InlineData(new long[] { 10, 80, 11 }, 1, 79)]
    [InlineData(new long[] { 10, 80, 80 }, 20, 70)]
    [InlineData(new long[] { 10, 80, 80 }, 141, 9)] // 9 is left of each
    [InlineData(new long[] { 10, 80, 80 }, 170, 0)]
    [InlineData(new long[] { 10, 80, 80 }, 999, 0)]
    public void LevelOf_Weights_IsWhereTheHeaviestHaveToCome(long[] weights, long excess, long level) =>
        InMemoryStreamHistories.LevelOf(weights, excess).ShouldBe(level);

    [Fact]
    public async Task List_ManyStreams_AreInOrderAndInPages()
    {
        foreach (var stream in (string[])["b", "a.2", "a.10", "a", "B", "c"])
        {
            await Append(stream, 1, 1);
        }

        (await List("", null)).ShouldBe(["B", "a", "a.10", "a.2", "b", "c"]);
        (await List("a.", null)).ShouldBe(["a.10", "a.2"]);
        (await List("", "a.10", 2)).ShouldBe(["a.2", "b"]);
        (await List("a", "a")).ShouldBe(["a.10", "a.2"]);
        (await List("a", "A")).ShouldBe(["a", "a.10", "a.2"]);
        (await List("a", "b")).ShouldBeEmpty();
        (await List("zz", null)).ShouldBeEmpty();

        await Forget("a.2");
        await Append("a.3", 1, 1);
        (await List("a.", null)).ShouldBe(["a.10", "a.3"]);
    }

    private async Task<string[]> List(string prefix, string? after, int limit = 10) =>
        [.. (await Logs.ListAsync(prefix, after, limit, TestContext.Current.CancellationToken)).Select(log => log.Stream.Value)];

    private long Retained(string stream) => Logs.LogOf(StreamName.Parse(stream)).Range is var range ? range.Head - range.Oldest + 1 : 0;

    private ValueTask<AppendResult> Append(string stream, long first, int count, ulong epoch = Messages.Epoch) =>
        Append(stream, Messages.Range(first, count, at: time.GetUtcNow(), epoch: epoch));

    private ValueTask<AppendResult> Append(string stream, StreamMessage[] messages) => Append(Logs.LogOf(StreamName.Parse(stream)), messages);

    private static ValueTask<AppendResult> Append(IStreamHistory log, StreamMessage[] messages) =>
        log.AppendAsync(Messages.Batch(messages), TestContext.Current.CancellationToken);
}
