using System.Text;
using Webstream.Gateway.Streams;
using Webstream.Gateway.Tests.Signing;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Streams;

public sealed class HistoryPagesTests
{
    private readonly GrainDouble grain = new();
    private readonly AnswersDouble answers = new() { Epoch = 0x5 };
    private readonly HistoryPages pages;

    public HistoryPagesTests()
    {
        var owner = new StreamOwner(TestMessages.Stream, grain);
        owner.AnswerTo(answers);
        pages = new(owner, new(TestMessages.Memory()), TestSecret.Known(), TimeProvider.System);
    }

    private ulong Epoch => grain.Status.Epoch;

    [Fact]
    public async Task Page_ReadByMany_IsReadOnce()
    {
        grain.Push(1000);
        var answer = new TaskCompletionSource();
        grain.BeforeRead = _ => answer.Task;
        var readers = Enumerable.Range(0, 50).Select(i => ReadBeyondAsync(new(Epoch, 256 + i))).ToList();
        await Until.TrueAsync(() => !grain.Reads.IsEmpty);

        answer.SetResult();

        (await Task.WhenAll(readers)).Distinct().ShouldHaveSingleItem();
        grain.Reads.ShouldHaveSingleItem().After.ShouldBe(256);
        answers.Taken.ShouldHaveSingleItem().Answer.AskedInEpoch.ShouldBe(0x5UL);
    }

    [Fact]
    public async Task Page_NotFullWhenItWasRead_IsReadAgainForWhoIsAtItsEnd()
    {
        grain.Push(10);
        var old = await ReadBeyondAsync(new(Epoch, 3));
        old.Last.ShouldBe(10);
        grain.Push(10);

        (await ReadBeyondAsync(new(Epoch, 5))).ShouldBeSameAs(old);
        var grown = await ReadBeyondAsync(new(Epoch, 10));

        (grown.First, grown.Last).ShouldBe((1, 20));
        Ids(grown, 10).ShouldBe(Enumerable.Range(11, 10));
        grain.Reads.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Page_AtTheEndOfHistory_IsTheOneThatEndsThere()
    {
        grain.Push(256);

        var page = await ReadBeyondAsync(new(Epoch, 256));

        page.Count.ShouldBe(0);
        page.Last.ShouldBe(0);
    }

    [Fact]
    public async Task Pages_FilledByTheirBytes_AreWalkedWithOneReadEach()
    {
        grain.Push(256, padding: 60_000);
        var at = new EventId(Epoch, 0);
        var seen = new List<long>();
        while (at.Sequence < 256)
        {
            var page = await ReadBeyondAsync(at);
            page.First.ShouldBe(at.Sequence + 1);
            seen.AddRange(Enumerable.Range((int)page.First, page.Count).Select(i => (long)i));
            at = at with { Sequence = page.Last };
        }

        seen.ShouldBe(Enumerable.Range(1, 256).Select(i => (long)i));
        grain.Reads.Count.ShouldBe(grain.Reads.Distinct().Count());
    }

    [Fact]
    public async Task Page_ThatFailed_IsReadAgain()
    {
        grain.Push(10);
        grain.BeforeRead = _ => Task.FromException(new TimeoutException());
        await Should.ThrowAsync<TimeoutException>(ReadBeyondAsync(new(Epoch, 0)));
        grain.BeforeRead = _ => Task.FromCanceled(new CancellationToken(true));
        await Should.ThrowAsync<TaskCanceledException>(ReadBeyondAsync(new(Epoch, 0)));
        grain.BeforeRead = null;

        (await ReadBeyondAsync(new(Epoch, 0))).Last.ShouldBe(10);
    }

    [Fact]
    public async Task Page_OfAnotherEpoch_SaysSo()
    {
        grain.Push(10);
        grain.Lose(0xe2);
        grain.Push(5);

        (await ReadBeyondAsync(new(0xe1, 3))).Status.Epoch.ShouldBe(0xe2UL);
    }

    [Fact]
    public async Task Page_BelowTheRetainedHistory_BeginsWithTheOldest()
    {
        grain.Push(1000);
        grain.DropUpTo(700);

        var page = await ReadBeyondAsync(new(Epoch, 100));

        (page.First, page.Last).ShouldBe((701, 956));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(700, 701)]
    [InlineData(705, 706)]
    public async Task Frames_AfterASequence_BeginWithTheNextMessageThereIs(long after, int first)
    {
        grain.Push(710);
        grain.DropUpTo(after < 700 ? after : 700);

        var page = await ReadBeyondAsync(new(Epoch, after));

        Ids(page, after).First().ShouldBe(first);
        Ids(page, after).Count().ShouldBe((int)page.Last - first + 1);
    }

    private Task<EncodedPage> ReadBeyondAsync(EventId position) =>
        pages.ReadBeyondAsync(position, FrameFormat.Text, TestContext.Current.CancellationToken);

    private static IEnumerable<int> Ids(EncodedPage page, long after) => Encoding.UTF8.GetString(page.FramesAfter(after).Span)
        .Split('\n')
        .Where(line => line.StartsWith("id: ", StringComparison.Ordinal))
        .Select(line => int.Parse(line[(line.IndexOf('-') + 1)..], System.Globalization.CultureInfo.InvariantCulture));
}
