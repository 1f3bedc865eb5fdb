using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Webstream.Gateway.Memory;
using Webstream.Gateway.Streams;
using Webstream.Gateway.Tests.Hosting;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Streams;

/// <summary>The frames that a gateway keeps of streams stay within their share of the memory, however many streams there are.</summary>
public sealed class FrameRoomTests
{
    private const int Share = 1024 * 1024;

    private static (string, string) Frames => ("Webstream:Memory:Frames", $"{Share}");

    [Fact]
    public async Task Logs_OfManyStreams_StayWithinTheShareAndListenersMissNothing()
    {
        const int Names = 40;
        await using var gateway = await TestGateway.StartAsync(Frames);
        var share = gateway.Service<GatewayMemory>().Frames.Share;
        var listeners = await Task.WhenAll(Enumerable.Range(0, Names).Select(i => RawListener.ConnectAsync(gateway, $"/stream/many-{i}")));
        var most = 0L;

        // By default each stream would keep 128 KiB.
        for (var round = 0; round < 20; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, Names).Select(i => gateway.PushManyAsync(10, $"many-{i}", padding: 1000)));
            most = Math.Max(most, share.Used);
            foreach (var listener in listeners)
            {
                for (var i = 1; i <= 10; i++)
                {
                    (await listener.NextAsync()).ShouldNotBeNull().Id.ShouldEndWith($"-{(round * 10) + i}");
                }
            }
        }

        // Only the segment to which each frame buffer appends goes beyond the share.
        most.ShouldBeInRange(Share / 2, Share + (Names * 64 * 1024));
        Array.ForEach(listeners, listener => listener.Dispose());
    }

    [Fact]
    public async Task Streams_ThatNobodyNeedsAnyMore_LeaveNothingAfterTheirLinger()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Hub:Linger", "00:00:01"));
        var share = gateway.Service<GatewayMemory>().Frames.Share;
        var listeners = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => RawListener.ConnectAsync(gateway, $"/stream/once-{i}")));
        await gateway.PushManyAsync(1000, "once-0", padding: 500);
        using (var replay = await RawListener.ConnectAsync(gateway, "/stream/once-0?history=1000"))
        {
            (await replay.NextAsync()).ShouldNotBeNull().Id.ShouldEndWith("-1");
        }

        share.Used.ShouldBeGreaterThan(100 * GatewayMemory.Stream);
        Array.ForEach(listeners, listener => listener.Dispose());

        await Until.TrueAsync(() => share.Used == 0);
        Enumerable.Range(0, 100).ShouldAllBe(i => gateway.Service<StreamRegistry>().Find(StreamName.Parse($"once-{i}")) == null);
    }

    [Fact]
    public async Task Listener_ThatKeepsMoreThanThereIsRoomFor_IsCutWhileOthersMissNothing()
    {
        // The listener's own bounds are far away.
        await using var gateway = await TestGateway.StartAsync(
            Frames, ("Webstream:Listeners:MaxBehindBytes", "100000000"), ("Webstream:Listeners:MaxBehindTime", "00:10:00"), ("Webstream:Listeners:SendBufferBytes", "4096"));
        using var ended = new MetricCollector<long>(gateway.Service<IMeterFactory>(), GatewayMetrics.MeterName, "webstream.listener.ended");
        var share = gateway.Service<GatewayMemory>().Frames.Share;
        using var stalled = await RawListener.ConnectAsync(gateway, "/stream/kept", receiveBuffer: 4096);
        using var reading = await RawListener.ConnectAsync(gateway, "/stream/kept");
        EventId last = default;
        for (var sequence = 0L; sequence < 300;)
        {
            last = await gateway.PushManyAsync(1, "kept", padding: 10_000);
            (await reading.NextAsync()).ShouldNotBeNull().Id.ShouldBe($"{last.Epoch:x}-{sequence = last.Sequence}");
        }

        await Until.TrueAsync(() => ended.GetMeasurementSnapshot().Count > 0);
        ended.GetMeasurementSnapshot().ShouldHaveSingleItem().Tags["reason"].ShouldBe("TooSlow");
        await Until.TrueAsync(() => share.Used < Share);
        // The listener comes back with its last id and has lost nothing.
        while (await stalled.NextAsync() is not null)
        {
        }

        using var back = await RawListener.ConnectAsync(gateway, "/stream/kept", stalled.LastId);
        (await back.NextAsync()).ShouldNotBeNull().Data.ShouldContain("\"status\":\"recovered\"");
        EventId.TryParse(stalled.LastId!, out var at).ShouldBeTrue();
        for (var sequence = at.Sequence + 1; sequence <= last.Sequence; sequence++)
        {
            (await back.NextAsync()).ShouldNotBeNull().Id.ShouldBe($"{last.Epoch:x}-{sequence}");
        }
    }

    [Fact]
    public async Task Replays_OfMoreThanThereIsRoomFor_ReadPageAfterPage()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Memory:Frames", "262144"));
        var heads = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => gateway.PushManyAsync(1000, $"paged-{i}", padding: 1000)));

        await Task.WhenAll(Enumerable.Range(0, 16).Select(async i =>
        {
            using var listener = await RawListener.ConnectAsync(gateway, $"/stream/paged-{i % 4}?history=1000{(i % 8 > 3 ? "&format=json" : "")}");
            for (var sequence = 1; sequence <= 1000; sequence++)
            {
                (await listener.NextAsync()).ShouldNotBeNull().Id.ShouldBe($"{heads[i % 4].Epoch:x}-{sequence}");
            }
        }));

        gateway.Service<GatewayMemory>().Pages.Waited.ShouldBeGreaterThan(0);
    }
}
