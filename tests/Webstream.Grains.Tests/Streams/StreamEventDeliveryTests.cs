using Webstream.Grains.Tests.Hosting;

namespace Webstream.Grains.Tests.Streams;

[Collection(SharedCluster.Name)]
public class StreamEventDeliveryTests(WebstreamCluster cluster)
{
    [Fact]
    public async Task Subscriber_OnePushAfterAnother_HearsEveryMessageInOrder()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        var listener = await cluster.ListenAsync(stream);
        PushResult last = null!;
        for (var i = 1; i <= 200; i++)
        {
            last = await grain.Push(Pushes.Of($"m{i}"));
        }

        var events = await listener.UntilAsync(200);

        events.SelectMany(e => e.Messages).Select(m => m.Message).ShouldBe(Enumerable.Range(1, 200).Select(i => $"m{i}"));
        events.ShouldAllBe(e => e.Epoch == last.Status.Epoch && e.Activation == last.Status.Activation);
        events.ShouldAllBe(e => e.Head >= e.Messages.Last().Id.Sequence);
    }

    [Fact]
    public async Task Subscriber_ConcurrentPushes_HearsEveryMessageInOrder()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        var listener = await cluster.ListenAsync(stream);

        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => grain.Push(Pushes.Of($"m{i}"))));

        var messages = (await listener.UntilAsync(500)).SelectMany(e => e.Messages);
        messages.Select(m => m.Id).ShouldBe((await cluster.ReadAllAsync(stream)).Select(m => m.Id));
    }

    [Fact]
    public async Task Subscriber_OfAnotherStream_HearsNothingOfThisOne()
    {
        var (one, other) = (WebstreamCluster.NewStream(), WebstreamCluster.NewStream());
        var listener = await cluster.ListenAsync(other);
        await cluster.GrainOf(one).Push(Pushes.Of("one"));
        await cluster.GrainOf(other).Push(Pushes.Of("other"));
        (await listener.UntilAsync(1)).SelectMany(e => e.Messages).ShouldHaveSingleItem().Message.ShouldBe("other");
    }
}
