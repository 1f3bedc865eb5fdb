using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.Streams;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Streams;

public sealed class GapRepairTests : IAsyncDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(100);

    private readonly FakeTimeProvider time = new();
    private readonly GrainDouble grain = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly MetricCollector<long> fetches;
    private readonly GapRepair repair;
    private long position;
    private long target;
    private bool isOfNoUse;

    public GapRepairTests()
    {
        var meters = TestMessages.Meters();
        fetches = new(meters, GatewayMetrics.MeterName, "webstream.hub.fetches");
        var owner = new StreamOwner(TestMessages.Stream, grain);
        owner.AnswerTo(new AnswersDouble { OnPage = Take });
        repair = new(owner, Look, Grace, new(TestMessages.Memory()), new StreamTroubles(NullLogger<StreamTroubles>.Instance).Fetching, time, new(meters));
    }

    [Fact]
    public async Task Gap_ThatClosesWithinItsGrace_IsNotFetched()
    {
        grain.Push(10);
        target = 10;
        repair.Start();
        position = 10;
        time.Advance(Grace);
        time.Advance(Grace);

        await Task.Yield();
        grain.Reads.ShouldBeEmpty();
    }

    [Fact]
    public async Task Gap_ThatIsClosing_IsNotFetchedWhileThePositionMoves()
    {
        grain.Push(10);
        target = 10;
        repair.Start();
        for (position = 1; position < 10; position++)
        {
            // The timer's continuation runs on this thread, before Advance returns.
            time.Advance(Grace);
            grain.Reads.ShouldBeEmpty();
        }

        time.Advance(Grace);
        await Task.Yield();
        grain.Reads.ShouldBeEmpty();
    }

    [Fact]
    public async Task Gap_ThatStays_IsFetchedPageAfterPageWithoutFurtherWaiting()
    {
        grain.Push(1000);
        target = 1000;
        repair.Start();
        repair.Start();

        await Until.TrueAsync(() => Volatile.Read(ref position) == 1000, () => time.Advance(position == 0 ? Grace : TimeSpan.Zero));

        grain.Reads.Select(q => q.After).ShouldBe([0, 256, 512, 768]);
        fetches.GetMeasurementSnapshot().EvaluateAsCounter().ShouldBe(4);
    }

    [Fact]
    public async Task Fetch_InFlight_IsTheOnlyOne()
    {
        var (answer, most, now) = (new TaskCompletionSource(), 0, 0);
        grain.BeforeRead = async _ =>
        {
            most = Math.Max(most, Interlocked.Increment(ref now));
            await answer.Task;
            Interlocked.Decrement(ref now);
        };
        grain.Push(600);
        target = 600;
        repair.Start();
        await Until.TrueAsync(() => !grain.Reads.IsEmpty, () => time.Advance(Grace));
        for (var i = 0; i < 10; i++)
        {
            repair.Start();
            time.Advance(Grace);
        }

        answer.SetResult();
        await Until.TrueAsync(() => Volatile.Read(ref position) == 600, () => time.Advance(Grace));
        most.ShouldBe(1);
    }

    [Fact]
    public async Task Fetch_ThatFails_IsTriedAgain()
    {
        var failures = 5;
        grain.BeforeRead = _ => failures-- > 0 ? Task.FromException(new TimeoutException()) : Task.CompletedTask;
        grain.Push(10);
        target = 10;
        repair.Start();

        await Until.TrueAsync(() => Volatile.Read(ref position) == 10, () => time.Advance(Grace));

        grain.Reads.Count.ShouldBe(6);
    }

    [Fact]
    public async Task Fetch_ThatBringsNothingNew_IsNotRepeatedAtOnce()
    {
        // The owner was replaced and does not know it, so its pages are of no use here.
        isOfNoUse = true;
        grain.BeforeRead = async _ => await (grain.Reads.Count < 100 ? Task.CompletedTask : Task.Delay(Timeout.Infinite, stopping.Token));
        grain.Push(20);
        target = 20;
        repair.Start();
        await Until.TrueAsync(() => !grain.Reads.IsEmpty, () => time.Advance(Grace));

        for (var i = 0; i < 50; i++)
        {
            await Task.Yield();
        }

        grain.Reads.Count.ShouldBe(1);
        isOfNoUse = false;
        await Until.TrueAsync(() => Volatile.Read(ref position) == 20, () => time.Advance(Grace));
    }

    public async ValueTask DisposeAsync()
    {
        await repair.DisposeAsync();
        await stopping.CancelAsync();
        stopping.Dispose();
        fetches.Dispose();
    }

    private StreamPlace Look() => new(new(0xe1, Volatile.Read(ref position)), target > Volatile.Read(ref position));

    private void Take(StreamMessage[] page)
    {
        if (page.Length > 0 && !isOfNoUse)
        {
            Volatile.Write(ref position, page[^1].Id.Sequence);
        }
    }
}
