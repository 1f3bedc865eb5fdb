using Webstream.Gateway.FanOut;
using Webstream.Gateway.Memory;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Listening;

/// <summary>Replays of history take turns where the memory for them is small.</summary>
public sealed class ReplayTurnTests
{
    private const int Retained = 3000;

    // Room for one replay.
    private static readonly (string, string) OfOne = ("Webstream:Memory:Replays", $"{new ListenerOptions().SendBufferBytes * 2}");

    [Fact]
    public async Task Replays_ManyAtOnce_EachGetsEverythingInOrder()
    {
        await using var gateway = await TestGateway.StartAsync(OfOne);
        var head = await gateway.PushManyAsync(Retained, "turns", padding: 100);

        await Task.WhenAll(Enumerable.Range(0, 30).Select(async _ =>
        {
            using var listener = await RawListener.ConnectAsync(gateway, $"/stream/turns?history={Retained}");
            await ExpectAsync(listener, head, 1, Retained);
        }));

        var memory = gateway.Service<GatewayMemory>();
        memory.Replays.Waited.ShouldBeGreaterThan(0);
        // A listener may have its last page before the gateway has given back what it was charged for it.
        await Until.TrueAsync(() => memory.Replays.Waiting == 0 && memory.Replays.Share.Used == 0);
    }

    [Fact]
    public async Task Replay_WhileOthersHaveTheRoom_WaitsWithKeepalivesAndThenGetsEverythingInOrder()
    {
        await using var gateway = await TestGateway.StartAsync(OfOne, ("Webstream:Listeners:Keepalive", "00:00:01"));
        var replays = gateway.Service<GatewayMemory>().Replays;
        var head = await gateway.PushManyAsync(Retained, "behind", padding: 300);
        using var first = replays.ChargeFor(default);
        first.TryHold(replays.Limit).ShouldBe(Room.Given);
        using var second = await RawListener.OpenAsync(gateway, "/stream/behind", $"{head.Epoch:x}-0", keepsText: true);

        await second.ReadTextAsync(text => text.Contains(": keepalive\n\n: keepalive\n\n", StringComparison.Ordinal));
        second.Text.ShouldContain("Connected at ");
        second.Text.ShouldEndWith(": keepalive\n\n");
        // The waiting listener is counted meanwhile, and messages that are pushed now come in their place.
        (await gateway.ClientsAsync("behind")).ShouldBe(1);
        await gateway.PushManyAsync(100, "behind");
        replays.Waiting.ShouldBe(1);
        first.Dispose();

        (await second.NextAsync()).ShouldNotBeNull().Data.ShouldStartWith("Connected at ");
        (await second.NextAsync()).ShouldNotBeNull().Type.ShouldBe("resume");
        await ExpectAsync(second, head, 1, Retained + 100);
    }

    [Fact]
    public async Task Replay_ThatStandsStill_IsCutAndLeavesItsTurnToTheNext()
    {
        await using var gateway = await TestGateway.StartAsync(OfOne, ("Webstream:Listeners:MaxBehindTime", "00:00:01"));
        var head = await gateway.PushManyAsync(Retained, "still", padding: 300);
        using var first = await RawListener.ConnectAsync(gateway, $"/stream/still?history={Retained}", receiveBuffer: 4096);
        await Until.TrueAsync(() => gateway.Service<GatewayMemory>().Replays.Share.Used > 0);

        using var second = await RawListener.ConnectAsync(gateway, $"/stream/still?history={Retained}");

        await ExpectAsync(second, head, 1, Retained);
        await Until.TrueAsync(async () => await gateway.ClientsAsync("still") == 1);
    }

    [Fact]
    public async Task Listener_NearTheHead_WaitsForNoTurn()
    {
        await using var gateway = await TestGateway.StartAsync(OfOne);
        await gateway.PushManyAsync(Retained, "near", padding: 300);
        using var first = await RawListener.ConnectAsync(gateway, $"/stream/near?history={Retained}", receiveBuffer: 4096);
        await Until.TrueAsync(() => gateway.Service<GatewayMemory>().Replays.Share.Used > 0);
        using var live = await RawListener.ConnectAsync(gateway, "/stream/near");
        var last = await gateway.PushManyAsync(10, "near");

        // The messages that it missed are still in the gateway's own frame buffer.
        using var resumed = await RawListener.ConnectAsync(gateway, "/stream/near", $"{last.Epoch:x}-{last.Sequence - 5}");

        (await resumed.NextAsync()).ShouldNotBeNull().Type.ShouldBe("resume");
        await ExpectAsync(resumed, last, last.Sequence - 4, last.Sequence);
    }

    private static async Task ExpectAsync(RawListener listener, EventId head, long first, long last)
    {
        for (var sequence = first; sequence <= last; sequence++)
        {
            (await listener.NextAsync()).ShouldNotBeNull().Id.ShouldBe($"{head.Epoch:x}-{sequence}");
        }
    }
}
