using Webstream.Grains.Tests.Hosting;

namespace Webstream.Grains.Tests.StreamDirectory;

[Collection(FakeClock.Name)]
public class DirectorySilenceTests(FakeClockCluster cluster)
{
    [Fact]
    public async Task List_StreamThatFellSilent_IsForgotten()
    {
        var directory = cluster.Cluster.Client.GetGrain<IStreamDirectoryGrain>(0);
        // These streams have no owner, so nobody tells the directory of them again.
        var (silent, heard) = (WebstreamCluster.NewStream().Value, WebstreamCluster.NewStream().Value);
        var status = await cluster.GrainOf(WebstreamCluster.NewStream()).Describe() with { Clients = 1 };
        await directory.Tell(silent, status);
        cluster.Time.Advance(3 * IStreamDirectoryGrain.Heartbeat);
        await directory.Tell(heard, status);
        (await directory.List()).Select(e => e.Stream).ShouldContain(silent);

        cluster.Time.Advance(IStreamDirectoryGrain.Heartbeat);

        var names = (await directory.List()).Select(e => e.Stream).ToArray();
        names.ShouldContain(heard);
        names.ShouldNotContain(silent);
    }
}
