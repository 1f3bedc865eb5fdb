using Webstream.Grains.Tests.Hosting;

namespace Webstream.Grains.Tests.Catalogue;

[Collection(FakeClock.Name)]
public class CatalogueSilenceTests(FakeClockCluster cluster)
{
    [Fact]
    public async Task List_StreamThatFellSilent_IsForgotten()
    {
        var catalogue = cluster.Cluster.Client.GetGrain<ICatalogueGrain>(0);
        // Nobody tells these again: they have no owner.
        var (silent, heard) = (WebstreamCluster.NewStream().Value, WebstreamCluster.NewStream().Value);
        var status = await cluster.GrainOf(WebstreamCluster.NewStream()).Describe() with { Clients = 1 };
        await catalogue.Tell(silent, status);
        cluster.Time.Advance(3 * ICatalogueGrain.Heartbeat);
        await catalogue.Tell(heard, status);
        (await catalogue.List()).Select(e => e.Stream).ShouldContain(silent);

        cluster.Time.Advance(ICatalogueGrain.Heartbeat);

        var names = (await catalogue.List()).Select(e => e.Stream).ToArray();
        names.ShouldContain(heard);
        names.ShouldNotContain(silent);
    }
}
