using System.Reflection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Orleans;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Streams;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Streams;

public sealed class StreamRegistryTests : IAsyncDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly GrainDouble grain = new();
    private readonly FeedDouble feed = new();
    private readonly StreamRegistry hubs;

    public StreamRegistryTests()
    {
        var metrics = new GatewayMetrics(TestMessages.Meters());
        var listeners = new ListenerOptions();
        var memory = TestMessages.Memory();
        var factory = DispatchProxy.Create<IGrainFactory, OneGrain>();
        ((OneGrain)(object)factory).Grain = grain;
        hubs = new(
            new(factory), feed, new("test", "test", DateTimeOffset.UnixEpoch), new FanOutShards(listeners, memory.Reads, time, metrics),
            new(memory), new(NullLogger<StreamTroubles>.Instance),
            Options.Create(new HubOptions { Linger = TimeSpan.FromSeconds(15) }), Options.Create(listeners), Options.Create(new Webstream.Grains.Presence.PresenceOptions()),
            new(), metrics, time, NullLogger<StreamRegistry>.Instance);
    }

    [Fact]
    public async Task Hub_NobodyNeeds_GoesAwayWithALastReportOfNobodyAndComesBack()
    {
        await StartAsync();
        var lease = await hubs.TakeAsync(TestMessages.Stream, TestContext.Current.CancellationToken);
        await lease.Hub.AddClientAsync(TestContext.Current.CancellationToken);
        (feed.Count, grain.Reports.Last().Clients).ShouldBe((1, 1));
        lease.Hub.RemoveClient();
        lease.Dispose();

        await Until.TrueAsync(() => feed.Count == 0, () => time.Advance(TimeSpan.FromSeconds(1)));

        hubs.Find(TestMessages.Stream).ShouldBeNull();
        var last = grain.Reports.MaxBy(r => r.Number)!;
        last.Clients.ShouldBe(0);
        using var again = await hubs.TakeAsync(TestMessages.Stream, TestContext.Current.CancellationToken);
        again.Hub.ShouldNotBeSameAs(lease.Hub);
        await again.Hub.AddClientAsync(TestContext.Current.CancellationToken);
        feed.Count.ShouldBe(1);
        grain.Reports.MaxBy(r => r.Number)!.Clients.ShouldBe(1);
        grain.Reports.MaxBy(r => r.Number)!.Number.ShouldBeGreaterThan(last.Number);
    }

    [Fact]
    public async Task Hub_TakenAgainWithinItsLinger_Stays()
    {
        await StartAsync();
        var lease = await hubs.TakeAsync(TestMessages.Stream, TestContext.Current.CancellationToken);
        var first = lease.Hub;
        for (var i = 0; i < 5; i++)
        {
            lease.Dispose();
            await AdvanceAsync(10);
            lease = await hubs.TakeAsync(TestMessages.Stream, TestContext.Current.CancellationToken);
            lease.Hub.ShouldBeSameAs(first);
            await AdvanceAsync(20);
        }

        feed.Asked.ShouldBe(1);
        lease.Dispose();
    }

    [Fact]
    public async Task Lease_DisposedTwice_GivesBackOnce()
    {
        await StartAsync();
        var lease = await hubs.TakeAsync(TestMessages.Stream, TestContext.Current.CancellationToken);
        using var other = await hubs.TakeAsync(TestMessages.Stream, TestContext.Current.CancellationToken);

        lease.Dispose();
        lease.Dispose();
        await AdvanceAsync(60);

        hubs.Find(TestMessages.Stream).ShouldBeSameAs(other.Hub);
    }

    [Fact]
    public async Task Keepalive_OfAQuietStream_ComesAtItsInterval()
    {
        await StartAsync();
        using var lease = await hubs.TakeAsync(TestMessages.Stream, TestContext.Current.CancellationToken);
        await lease.Hub.AddClientAsync(TestContext.Current.CancellationToken);
        lease.Hub.TryFollow(FrameFormat.Text, Framing.Server, lease.Hub.Position, out var group, out _).ShouldBeTrue();

        // One tick has passed.
        await AdvanceAsync(28);
        group.Log.End.ShouldBe(0);
        await AdvanceAsync(1);
        await Until.TrueAsync(() => group.Log.End == SseFrame.Keepalive.Length);
        await AdvanceAsync(29);
        group.Log.End.ShouldBe(SseFrame.Keepalive.Length);
        await AdvanceAsync(1);
        await Until.TrueAsync(() => group.Log.End == 2 * SseFrame.Keepalive.Length);
    }

    [Fact]
    public async Task Stop_WithHubsInUse_EndsThemAndReportsNobody()
    {
        await StartAsync();
        using var lease = await hubs.TakeAsync(TestMessages.Stream, TestContext.Current.CancellationToken);
        await lease.Hub.AddClientAsync(TestContext.Current.CancellationToken);
        lease.Hub.RemoveClient();

        await hubs.StopAsync(TestContext.Current.CancellationToken);

        feed.Count.ShouldBe(0);
        grain.Reports.MaxBy(r => r.Number)!.Clients.ShouldBe(0);
    }

    public async ValueTask DisposeAsync()
    {
        await hubs.StopAsync(CancellationToken.None);
        hubs.Dispose();
    }

    // The hubs' timer is made on another thread; from its first tick on the test's clock and its own go together.
    private async Task StartAsync()
    {
        await hubs.StartAsync(TestContext.Current.CancellationToken);
        await Until.TrueAsync(() => hubs.Ticks > 0, () => time.Advance(TimeSpan.FromMilliseconds(20)));
    }

    // Second by second, each seen by the hubs' own tick before the next: their timer folds ticks that pile up.
    private async Task AdvanceAsync(int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            var ticks = hubs.Ticks;
            time.Advance(TimeSpan.FromSeconds(1));
            await Until.TrueAsync(() => hubs.Ticks > ticks);
        }
    }

    /// <summary>A factory of one grain, whatever is asked for.</summary>
    public class OneGrain : DispatchProxy
    {
        internal GrainDouble? Grain { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => Grain;
    }
}
