using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;
using Webstream.Grains.History;
using Webstream.Grains.History.Redis;

namespace Webstream.Grains.Tests.History.Redis;

/// <summary>When the changes of the list of streams are written, and which. The test is the list.</summary>
public sealed class RedisIndexChangesTests : IDisposable
{
    private const long Enough = 1000;

    private readonly FakeTimeProvider time = new();
    private readonly Channel<Write> writes = Channel.CreateUnbounded<Write>();
    private readonly RedisIndexChanges changes;

    public RedisIndexChangesTests() => changes = new(WriteAsync, () => Enough, time);

    [Fact]
    public async Task Changes_OfASecond_AreWrittenTogetherAndOnlyTheLastOfEachStream()
    {
        Put("a", 1);
        Put("b", 2);
        Put("a", 3);
        time.Advance(TimeSpan.FromMilliseconds(999));
        writes.Reader.TryPeek(out _).ShouldBeFalse();

        time.Advance(TimeSpan.FromMilliseconds(1));

        var write = await NextAsync();
        write.Values.Order().ShouldBe(["a 0 3", "b 0 2"]);
        write.Done.SetResult();
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, Enough + 1)]
    public async Task Change_ThatIsUrgentOrLarge_IsWrittenAtOnceWithTheOthers(bool atOnce, long grown)
    {
        Put("a", 1, grown: 0);
        Put("b", 2, atOnce, grown);

        var write = await NextAsync();
        write.Values.Length.ShouldBe(2);
        write.Done.SetResult();
    }

    [Fact]
    public async Task Changes_WhileAWriteIsUnderWay_AreWrittenAfterItBeforeTheFlushIsOver()
    {
        Put("a", 1);
        var flushing = changes.FlushAsync();
        var first = await NextAsync();
        Put("a", 2, atOnce: true);
        changes.FlushAsync().ShouldBeSameAs(flushing);
        writes.Reader.TryPeek(out _).ShouldBeFalse();

        first.Done.SetResult();

        var second = await NextAsync();
        second.Values.ShouldBe(["a 0 2"]);
        flushing.IsCompleted.ShouldBeFalse();
        second.Done.SetResult();
        await flushing;
        await changes.FlushAsync();
        writes.Reader.TryPeek(out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Changes_ThatCannotBeWritten_AreWrittenASecondLaterUnlessTheyAreOldByThen()
    {
        Put("a", 1);
        Put("b", 1);
        var flushing = changes.FlushAsync();
        var failed = await NextAsync();
        Put("a", 2);

        failed.Done.SetException(new HistoryAwayException("Away.", maybeIn: false));

        await flushing;
        time.Advance(TimeSpan.FromSeconds(1));
        var again = await NextAsync();
        again.Values.Order().ShouldBe(["a 0 2", "b 0 1"]);
        again.Done.SetResult();
    }

    [Fact]
    public async Task Changes_OfVeryManyStreams_AreWrittenInParts()
    {
        for (var i = 0; i < 501; i++)
        {
            Put($"s{i}", 1);
        }

        var flushing = changes.FlushAsync();

        var first = await NextAsync();
        first.Values.Length.ShouldBe(500);
        first.Done.SetResult();
        var second = await NextAsync();
        second.Values.Length.ShouldBe(1);
        second.Done.SetResult();
        await flushing;
    }

    [Fact]
    public async Task Change_ToGone_IsForgottenWhenTheStreamIsBegunAnew()
    {
        Put("gone", -1);
        Put("there", 2);
        changes.CancelGone(StreamName.Parse("gone"));
        changes.CancelGone(StreamName.Parse("there"));
        changes.CancelGone(StreamName.Parse("unknown"));

        time.Advance(TimeSpan.FromSeconds(1));

        var write = await NextAsync();
        write.Values.ShouldBe(["there 0 2"]);
        write.Done.SetResult();
    }

    public void Dispose() => changes.Dispose();

    private void Put(string stream, long weight, bool atOnce = false, long grown = 1) => changes.Put(StreamName.Parse(stream), new(0, weight, "", 0), atOnce, grown);

    private Task<Write> NextAsync() => writes.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30));

    private Task WriteAsync(IEnumerable<RedisValue> values)
    {
        var write = new Write([.. values.Chunk(5).Select(one => string.Join(' ', one.Take(3)))], new(TaskCreationOptions.RunContinuationsAsynchronously));
        writes.Writer.TryWrite(write);
        return write.Done.Task;
    }

    private sealed record Write(string[] Values, TaskCompletionSource Done);
}
