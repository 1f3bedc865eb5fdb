using Webstream.Grains.Tests.Hosting;

namespace Webstream.Grains.Tests.Streams;

[Collection(SharedCluster.Name)]
public class StreamGrainReadTests(WebstreamCluster cluster)
{
    [Fact]
    public async Task Read_InPages_GivesEverythingOnceWithTheHead()
    {
        var grain = cluster.GrainOf(WebstreamCluster.NewStream());
        await grain.Push(Pushes.OfCount(250));

        var first = await grain.Read(new(0, 100, 1 << 20));
        var second = await grain.Read(new(100, 100, 1 << 20));
        var third = await grain.Read(new(200, 100, 1 << 20));
        var beyond = await grain.Read(new(250, 100, 1 << 20));

        first.Messages.Concat(second.Messages).Concat(third.Messages).Select(m => m.Message).ShouldBe(Enumerable.Range(1, 250).Select(i => $"m{i}"));
        (first.Messages.Length, second.Messages.Length, third.Messages.Length).ShouldBe((100, 100, 50));
        beyond.Messages.ShouldBeEmpty();
        beyond.Status.Head.ShouldBe(250);
    }

    [Fact]
    public async Task Read_PageOfBytes_HoldsAtLeastOneMessage()
    {
        var grain = cluster.GrainOf(WebstreamCluster.NewStream());
        await grain.Push(Pushes.OfCount(3));
        (await grain.Read(new(0, 100, 1))).Messages.ShouldHaveSingleItem().Id.Sequence.ShouldBe(1);
    }

    [Fact]
    public async Task Read_StreamThatNobodyPushedTo_IsEmpty()
    {
        var page = await cluster.GrainOf(WebstreamCluster.NewStream()).Read(new(0, 100, 1 << 20));
        page.Messages.ShouldBeEmpty();
        page.Status.HeadId.ShouldBe(EventId.Zero);
    }
}
