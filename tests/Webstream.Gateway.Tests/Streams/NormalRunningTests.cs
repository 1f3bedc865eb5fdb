using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Streams;

/// <summary>Two gateways and a silo in normal running: the ways by which the messages arrive.</summary>
public sealed class NormalRunningTests
{
    [Fact]
    public async Task Messages_PushedElsewhere_ComeOverTheStreamAndOnesPushedHereByWhatIsFirst()
    {
        await using var silo = await TestSilo.StartAsync();
        await using var here = await StartAsync(silo, "here");
        await using var elsewhere = await StartAsync(silo, "elsewhere");
        using var arrived = new Arrivals(here);
        using var arrivedElsewhere = new Arrivals(elsewhere);
        await using var listener = await here.ListenAsync("/stream/normal");
        await using var listenerElsewhere = await elsewhere.ListenAsync("/stream/normal");
        // The first message begins the epoch. A gateway learns of the epoch by asking.
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
        // A push's receipt and its event come less than a millisecond apart, and either may be first. A fetch is never needed.
        (arrived.By("stream") + arrived.By("receipt"), arrived.By("fetch")).ShouldBe((300, 0));
        arrived.By("stream").ShouldBeGreaterThanOrEqualTo(200);
        (arrivedElsewhere.By("stream") + arrivedElsewhere.By("receipt"), arrivedElsewhere.By("fetch")).ShouldBe((300, 0));
        arrivedElsewhere.By("stream").ShouldBeGreaterThanOrEqualTo(100);
    }

    [Fact]
    public async Task Messages_PushedOnTwoGatewaysAtOnce_AreNotFetched()
    {
        await using var silo = await TestSilo.StartAsync();
        await using var one = await StartAsync(silo, "one");
        await using var two = await StartAsync(silo, "two");
        using var arrived = new Arrivals(one);
        await using var listener = await one.ListenAsync("/stream/both");
        await one.PushAsync("first", "both");
        await listener.NextAsync();

        await Task.WhenAll(PushAsync(one), PushAsync(two));

        var ids = (await listener.TakeAsync(400)).Select(m => Webstream.Protocol.EventId.TryParse(m.EventId, out var id) ? id.Sequence : 0);
        ids.ShouldBe(Enumerable.Range(2, 400).Select(i => (long)i));
        // A receipt tells of the other gateway's messages before the stream brings them. This is no reason to fetch them.
        arrived.By("fetch").ShouldBe(0);

        static async Task PushAsync(TestGateway gateway)
        {
            for (var i = 0; i < 200; i++)
            {
                await gateway.PushAsync("x", "both");
            }
        }
    }

    // Gaps have a long time to close, so that a pause of a busy machine is not taken for a stream that does not deliver. Messages that the stream
    // does not bring are still fetched in the end, and the count of fetches shows it.
    private static Task<TestGateway> StartAsync(TestSilo silo, string name) =>
        TestGateway.StartAsync([.. silo.SettingsOf(name), ("Webstream:Hub:HoleGrace", "00:00:10")]);

    /// <summary>The messages that reached a gateway's streams, by the way by which they came.</summary>
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
