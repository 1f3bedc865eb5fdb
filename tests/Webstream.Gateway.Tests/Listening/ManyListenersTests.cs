using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Webstream.Gateway.Tests.Hosting;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Listening;

public sealed class ManyListenersTests
{
    [Fact]
    public async Task Thousand_WithTwoHundredMessages_EachReceiveEachOnceAndInOrder()
    {
        await using var gateway = await TestGateway.StartAsync();
        var listeners = await ConnectAsync(gateway, "/stream/thousand", 1000);

        var receiving = Task.WhenAll(listeners.Select(listener => ExpectAsync(listener, 1, 200)));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            for (var i = 0; i < 50; i++)
            {
                (await gateway.PushAsync("x", "thousand")).GetProperty("clients").GetInt32().ShouldBe(1000);
            }
        }));

        await receiving;
        listeners.ForEach(listener => listener.Dispose());
        await Until.TrueAsync(async () => await gateway.ClientsAsync("thousand") == 0);
    }

    [Fact]
    public async Task Listener_ThatNeverReads_IsCutWhileFiveHundredOthersMissNothing()
    {
        await using var gateway = await TestGateway.StartAsync(
            ("Webstream:Listeners:MaxBehindBytes", "65536"), ("Webstream:Listeners:SendBufferBytes", "4096"));
        using var ended = new MetricCollector<long>(gateway.Service<IMeterFactory>(), GatewayMetrics.MeterName, "webstream.listener.ended");
        using var stalled = await RawListener.ConnectAsync(gateway, "/stream/stalled", receiveBuffer: 4096);
        var listeners = await ConnectAsync(gateway, "/stream/stalled", 500);
        (await gateway.ClientsAsync("stalled")).ShouldBe(501);

        for (var sequence = 1; sequence <= 60; sequence++)
        {
            await gateway.PushAsync(new string('x', 10_000), "stalled");
            // The listeners read in step, so that the others are never behind themselves.
            await Task.WhenAll(listeners.Select(listener => ExpectAsync(listener, sequence, sequence)));
        }

        await Until.TrueAsync(() => ended.GetMeasurementSnapshot().Count > 0);
        ended.GetMeasurementSnapshot().ShouldHaveSingleItem().Tags["reason"].ShouldBe("TooSlow");
        await Until.TrueAsync(async () => await gateway.ClientsAsync("stalled") == 500);
        // The blocks that the client's kernel had taken are whole. Then the connection ends.
        while (await stalled.NextAsync() is not null)
        {
        }

        listeners.ForEach(listener => listener.Dispose());
    }

    [Fact]
    public async Task Listeners_ThatDisconnect_LeaveTheCountWithoutWaitingForTheLease()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Presence:Lease", "00:30:00"), ("Webstream:Presence:ReportInterval", "00:05:00"));
        var listeners = await ConnectAsync(gateway, "/stream/leaving", 20);
        for (var left = 19; left >= 0; left--)
        {
            listeners[left].Dispose();
            await Until.TrueAsync(async () => await gateway.ClientsAsync("leaving") == left);
        }
    }

    private static async Task<List<RawListener>> ConnectAsync(TestGateway gateway, string path, int count)
    {
        var listeners = new List<RawListener>();
        foreach (var some in Enumerable.Range(0, count).Chunk(50))
        {
            listeners.AddRange(await Task.WhenAll(some.Select(_ => RawListener.ConnectAsync(gateway, path))));
        }

        return listeners;
    }

    private static async Task ExpectAsync(RawListener listener, long first, long last)
    {
        for (var sequence = first; sequence <= last; sequence++)
        {
            var block = (await listener.NextAsync()).ShouldNotBeNull();
            EventId.TryParse(block.Id, out var id).ShouldBeTrue();
            id.Sequence.ShouldBe(sequence);
        }
    }
}
