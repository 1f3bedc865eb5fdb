using Webstream.Grains.Presence;
using Webstream.Grains.Tests.Hosting;

namespace Webstream.Grains.Tests.Presence;

[Collection(FakeClock.Name)]
public class PresenceTests(FakeClockCluster cluster)
{
    private static readonly PresenceOptions Options = new();

    [Fact]
    public async Task Report_OfSeveralGateways_IsCountedInEveryAnswer()
    {
        var grain = cluster.GrainOf(WebstreamCluster.NewStream());
        await grain.Report(new("a", 1, 1, 3, 0, 0));
        var second = await grain.Report(new("b", 1, 1, 2, 0, 0));
        var push = await grain.Push(Streams.Pushes.Of("hello"));

        (second.Clients, second.Gateways).ShouldBe((5, 2));
        (push.Status.Clients, push.Status.Gateways).ShouldBe((5, 2));
    }

    [Fact]
    public async Task Lease_OfAGatewayThatStopsReporting_RunsOut()
    {
        var grain = cluster.GrainOf(WebstreamCluster.NewStream());
        await grain.Report(new("gone", 1, 1, 3, 0, 0));
        cluster.Time.Advance(Options.Lease / 2);
        await grain.Report(new("alive", 1, 1, 2, 0, 0));

        cluster.Time.Advance(Options.Lease / 2);

        var status = await grain.Describe();
        (status.Clients, status.Gateways).ShouldBe((2, 1));
    }

    [Fact]
    public async Task Report_ThatCameLate_UndoesNothing()
    {
        var grain = cluster.GrainOf(WebstreamCluster.NewStream());
        await grain.Report(new("a", 1, 2, 0, 0, 0));
        (await grain.Report(new("a", 1, 1, 3, 0, 0))).Clients.ShouldBe(0);
        (await grain.Report(new("a", 2, 1, 4, 0, 0))).Clients.ShouldBe(4);
    }

    [Fact]
    public async Task Settled_BeforeEveryGatewayHadTimeToReport_IsFalse()
    {
        var grain = cluster.GrainOf(WebstreamCluster.NewStream());
        (await grain.Describe()).Settled.ShouldBeFalse();
        cluster.Time.Advance(Options.ReportInterval - TimeSpan.FromTicks(1));
        (await grain.Describe()).Settled.ShouldBeFalse();
        cluster.Time.Advance(TimeSpan.FromTicks(1));
        (await grain.Describe()).Settled.ShouldBeTrue();
    }
}
