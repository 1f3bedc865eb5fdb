using Webstream.Grains.Tests.Hosting;
using Webstream.Grains.Tests.Streams;

namespace Webstream.Grains.Tests.StreamDirectory;

[Collection(SharedCluster.Name)]
public class StreamLookupGrainTests(WebstreamCluster cluster)
{
    [Fact]
    public async Task FindUnused_NameThatNobodyUses_IsToldWithoutAnOwner()
    {
        var stream = WebstreamCluster.NewStream();

        (await FindUnused(stream)).ShouldBe(StreamStatus.Unused(0));

        cluster.HasOwner(stream).ShouldBeFalse();
    }

    [Fact]
    public async Task FindUnused_StreamWithHistory_IsForItsOwner()
    {
        var stream = WebstreamCluster.NewStream();
        await cluster.GrainOf(stream).Push(Pushes.Of("a"));
        // There are two silos, each with its own history in memory. The directory knows the streams of both.
        await Until.TrueAsync(async () => await FindUnused(stream) is null);
    }

    [Fact]
    public async Task FindUnused_StreamWithListenersAlone_IsForItsOwnerAsSoonAsTheyAreCounted()
    {
        var stream = WebstreamCluster.NewStream();
        await cluster.GrainOf(stream).Report(new("gateway", 1, 1, 2, 0, 0));
        (await FindUnused(stream)).ShouldBeNull();

        await cluster.GrainOf(stream).Report(new("gateway", 1, 2, 0, 0, 0, Last: true));

        (await FindUnused(stream)).ShouldBe(StreamStatus.Unused(0));
        await Until.TrueAsync(() => !cluster.HasOwner(stream));
    }

    private Task<StreamStatus?> FindUnused(StreamName stream) =>
        cluster.Cluster.Client.GetGrain<IStreamLookupGrain>(0).FindUnused(stream.Value);
}
