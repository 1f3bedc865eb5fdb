using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Hubs;

/// <summary>Two gateways and a silo, as they run: who brings the messages.</summary>
public sealed class NormalRunningTests
{
    [Fact]
    public async Task Messages_PushedElsewhere_ComeOverTheStreamAndOnesPushedHereByReceipt()
    {
        await using var silo = await TestSilo.StartAsync();
        await using var here = await TestGateway.StartAsync(silo.SettingsOf("here"));
        await using var elsewhere = await TestGateway.StartAsync(silo.SettingsOf("elsewhere"));
        using var arrived = new Arrivals(here);
        using var arrivedElsewhere = new Arrivals(elsewhere);
        await using var listener = await here.ListenAsync("/stream/normal");
        await using var listenerElsewhere = await elsewhere.ListenAsync("/stream/normal");
        // The first message begins the epoch, which a gateway learns by asking.
        (await elsewhere.PushAsync("first", "normal")).GetProperty("clients").GetInt32().ShouldBe(2);
        await listener.NextAsync();
        await listenerElsewhere.NextAsync();
        arrived.Clear();
        arrivedElsewhere.Clear();

        for (var i = 0; i < 200; i++)
        {
            await elsewhere.PushAsync($"elsewhere {i}", "normal");
        }

        (await listener.TakeAsync(200)).Select(m => m.Data[(m.Data.IndexOf(']') + 2)..]).ShouldBe(Enumerable.Range(0, 200).Select(i => $"elsewhere {i}"));
        for (var i = 0; i < 100; i++)
        {
            await here.PushAsync($"here {i}", "normal");
        }

        await listener.TakeAsync(100);
        await listenerElsewhere.TakeAsync(300);
        // A busy machine may make a poll or an answer late; what is shown is who does the work.
        arrived.By("stream").ShouldBeGreaterThan(180);
        arrived.By("receipt").ShouldBeInRange(80, 100);
        arrived.By("fetch").ShouldBeLessThan(20);
        (arrived.By("fetch") + arrived.By("stream") + arrived.By("receipt")).ShouldBe(300);
        arrivedElsewhere.By("receipt").ShouldBeInRange(160, 200);
        arrivedElsewhere.By("stream").ShouldBeGreaterThan(80);
        arrivedElsewhere.By("fetch").ShouldBeLessThan(20);
    }

    [Fact]
    public async Task Messages_PushedOnTwoGatewaysAtOnce_AreHardlyEverFetched()
    {
        await using var silo = await TestSilo.StartAsync();
        await using var one = await TestGateway.StartAsync(silo.SettingsOf("one"));
        await using var two = await TestGateway.StartAsync(silo.SettingsOf("two"));
        using var arrived = new Arrivals(one);
        await using var listener = await one.ListenAsync("/stream/both");
        await one.PushAsync("first", "both");
        await listener.NextAsync();

        await Task.WhenAll(PushAsync(one), PushAsync(two));

        var ids = (await listener.TakeAsync(400)).Select(m => Webstream.Protocol.EventId.TryParse(m.EventId, out var id) ? id.Sequence : 0);
        ids.ShouldBe(Enumerable.Range(2, 400).Select(i => (long)i));
        // A receipt tells of the other's messages before the stream brings them: that is no reason to fetch them.
        arrived.By("fetch").ShouldBeLessThan(40);

        static async Task PushAsync(TestGateway gateway)
        {
            for (var i = 0; i < 200; i++)
            {
                await gateway.PushAsync("x", "both");
            }
        }
    }

    /// <summary>The messages that reached a gateway's hubs, by the way on which they came.</summary>
    private sealed class Arrivals(TestGateway gateway) : IDisposable
    {
        private readonly MetricCollector<long> collector =
            new(gateway.Service<IMeterFactory>(), GatewayMetrics.MeterName, "webstream.hub.messages");

        public long By(string way) =>
            collector.GetMeasurementSnapshot().ContainsTags(new KeyValuePair<string, object?>("way", way)).EvaluateAsCounter();

        public void Clear() => collector.Clear();

        public void Dispose() => collector.Dispose();
    }
}
