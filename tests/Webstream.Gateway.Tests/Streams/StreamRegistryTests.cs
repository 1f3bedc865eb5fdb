using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Streams;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Streams;

public sealed class StreamRegistryTests : IAsyncDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly RegistryRig rig;
    private readonly GrainDouble grain;
    private readonly FeedDouble feed;
    private readonly StreamRegistry streams;
    private readonly StreamUpkeep upkeep;

    public StreamRegistryTests()
    {
        rig = new(time);
        (grain, feed, streams, upkeep) = (rig.Grain, rig.Feed, rig.Registry, rig.Upkeep);
    }

    [Fact]
    public async Task Stream_NobodyNeeds_GoesAwayWithALastReportOfNobodyAndComesBack()
    {
        await StartAsync();
        var lease = await streams.TakeAsync(TestMessages.Stream, TestContext.Current.CancellationToken);
        await lease.Stream.AddListenerAsync(isForeign: false, TestContext.Current.CancellationToken);
        (feed.Count, grain.Reports.Last().Clients).ShouldBe((1, 1));
        lease.Stream.RemoveListener(isForeign: false);
        lease.Dispose();

        await Until.TrueAsync(() => feed.Count == 0, () => time.Advance(TimeSpan.FromSeconds(1)));

        streams.Find(TestMessages.Stream).ShouldBeNull();
        var last = grain.Reports.MaxBy(r => r.Number)!;
        last.Clients.ShouldBe(0);
        using var again = await streams.TakeAsync(TestMessages.Stream, TestContext.Current.CancellationToken);
        again.Stream.ShouldNotBeSameAs(lease.Stream);
        await again.Stream.AddListenerAsync(isForeign: false, TestContext.Current.CancellationToken);
        feed.Count.ShouldBe(1);
        grain.Reports.MaxBy(r => r.Number)!.Clients.ShouldBe(1);
        grain.Reports.MaxBy(r => r.Number)!.Number.ShouldBeGreaterThan(last.Number);
    }

    [Fact]
    public async Task Stream_TakenAgainWithinItsLinger_Stays()
    {
        await StartAsync();
        var lease = await streams.TakeAsync(TestMessages.Stream, TestContext.Current.CancellationToken);
        var first = lease.Stream;
        for (var i = 0; i < 5; i++)
        {
            lease.Dispose();
            await AdvanceAsync(10);
            lease = await streams.TakeAsync(TestMessages.Stream, TestContext.Current.CancellationToken);
            lease.Stream.ShouldBeSameAs(first);
            await AdvanceAsync(20);
        }

        feed.Asked.ShouldBe(1);
        lease.Dispose();
    }

    [Fact]
    public async Task Lease_DisposedTwice_GivesBackOnce()
    {
        await StartAsync();
        var lease = await streams.TakeAsync(TestMessages.Stream, TestContext.Current.CancellationToken);
        using var other = await streams.TakeAsync(TestMessages.Stream, TestContext.Current.CancellationToken);

        lease.Dispose();
        lease.Dispose();
        await AdvanceAsync(60);

        streams.Find(TestMessages.Stream).ShouldBeSameAs(other.Stream);
    }

    [Fact]
    public async Task Keepalive_OfAQuietStream_ComesAtItsInterval()
    {
        await StartAsync();
        using var lease = await streams.TakeAsync(TestMessages.Stream, TestContext.Current.CancellationToken);
        await lease.Stream.AddListenerAsync(isForeign: false, TestContext.Current.CancellationToken);
        lease.Stream.TryFollow(FrameFormat.Text, Framing.Server, lease.Stream.Position, out var group, out _).ShouldBeTrue();

        // One tick of the upkeep has passed.
        await AdvanceAsync(28);
        group.Buffer.End.ShouldBe(0);
        await AdvanceAsync(1);
        await Until.TrueAsync(() => group.Buffer.End == SseFrame.Keepalive.Length);
        await AdvanceAsync(29);
        group.Buffer.End.ShouldBe(SseFrame.Keepalive.Length);
        await AdvanceAsync(1);
        await Until.TrueAsync(() => group.Buffer.End == 2 * SseFrame.Keepalive.Length);
    }

    [Fact]
    public async Task Stop_WithStreamsInUse_EndsThemAndReportsNobody()
    {
        await StartAsync();
        using var lease = await streams.TakeAsync(TestMessages.Stream, TestContext.Current.CancellationToken);
        await lease.Stream.AddListenerAsync(isForeign: false, TestContext.Current.CancellationToken);
        lease.Stream.RemoveListener(isForeign: false);

        await upkeep.StopAsync(TestContext.Current.CancellationToken);

        feed.Count.ShouldBe(0);
        grain.Reports.MaxBy(r => r.Number)!.Clients.ShouldBe(0);
    }

    public async ValueTask DisposeAsync()
    {
        await upkeep.StopAsync(CancellationToken.None);
        rig.Dispose();
    }

    // The upkeep's timer is made on another thread. From its first tick on, the test's clock and the upkeep's own go together.
    private async Task StartAsync()
    {
        await upkeep.StartAsync(TestContext.Current.CancellationToken);
        await Until.TrueAsync(() => upkeep.Ticks > 0, () => time.Advance(TimeSpan.FromMilliseconds(20)));
    }

    // Advances second by second, and waits for the upkeep's tick after each: its timer merges ticks that pile up.
    private async Task AdvanceAsync(int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            var ticks = upkeep.Ticks;
            time.Advance(TimeSpan.FromSeconds(1));
            await Until.TrueAsync(() => upkeep.Ticks > ticks);
        }
    }
}
