using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.Streams;
using Webstream.Grains;

namespace Webstream.Gateway.Tests.Streams;

public sealed class StreamSubscriptionTests : IAsyncDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly FeedDouble subscriptions = new();
    private readonly List<StreamEvent> events = [];
    private readonly StreamSubscription feed;

    public StreamSubscriptionTests()
    {
        feed = new(TestMessages.Stream, subscriptions, new StreamTroubles(NullLogger<StreamTroubles>.Instance).Subscribing, time, NullLogger.Instance);
        feed.Came += events.Add;
    }

    [Fact]
    public async Task Feed_SilentWhileTheHeadMoves_IsSubscribedAgainAtTheSecondReport()
    {
        await feed.StartAsync();
        subscriptions.Forget();

        feed.Heard(behind: true);
        subscriptions.Asked.ShouldBe(1);
        feed.Heard(behind: true);

        await Until.TrueAsync(() => subscriptions.Count == 1);
        subscriptions.Asked.ShouldBe(2);
        subscriptions.Send(new(1, 1, Guid.Empty, []));
        events.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Feed_ThatBringsEventsOrIsNotBehind_IsLeftAlone()
    {
        await feed.StartAsync();

        for (var i = 0; i < 5; i++)
        {
            feed.Heard(behind: true);
            subscriptions.Send(new(1, i, Guid.Empty, []));
            feed.Heard(behind: true);
            feed.Heard(behind: false);
        }

        subscriptions.Asked.ShouldBe(1);
    }

    [Fact]
    public async Task Feed_ThatCouldNotSubscribe_TriesAgainAtTheFirstReportThatIsBehind()
    {
        subscriptions.BeforeSubscribe = () => Task.FromException(new TimeoutException());
        await feed.StartAsync();
        subscriptions.BeforeSubscribe = null;

        feed.Heard(behind: true);

        await Until.TrueAsync(() => subscriptions.Count == 1);
    }

    [Fact]
    public async Task Feed_ThatTakesLongToSubscribe_HoldsUpTheStartForAWhileOnlyAndIsAskedOnce()
    {
        var subscribed = new TaskCompletionSource();
        subscriptions.BeforeSubscribe = () => subscribed.Task;
        var starting = feed.StartAsync();
        await Until.TrueAsync(() => starting.IsCompleted, () => time.Advance(TimeSpan.FromSeconds(1)));

        feed.Heard(behind: true);
        feed.Heard(behind: true);
        subscribed.SetResult();

        await Until.TrueAsync(() => subscriptions.Count == 1);
        subscriptions.Asked.ShouldBe(1);
    }

    [Fact]
    public async Task Feed_SubscribedAgain_KeepsOneSubscription()
    {
        await feed.StartAsync();
        feed.Heard(behind: true);
        feed.Heard(behind: true);
        await Until.TrueAsync(() => subscriptions.Asked == 2 && subscriptions.Count == 1);

        await feed.StopAsync();
        await feed.DisposeAsync();

        subscriptions.Count.ShouldBe(0);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await feed.DisposeAsync();
        }
        catch (ObjectDisposedException)
        {
            // The test has disposed of it already.
        }
    }
}
