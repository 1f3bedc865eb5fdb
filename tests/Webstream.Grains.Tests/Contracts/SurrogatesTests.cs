using Microsoft.Extensions.DependencyInjection;
using Webstream.Grains.Tests.Hosting;
using Webstream.Grains.Tests.Streams;

namespace Webstream.Grains.Tests.Contracts;

/// <summary>Which parts of a message survive the way between gateways and silos.</summary>
[Collection(SharedCluster.Name)]
public class SurrogatesTests(WebstreamCluster cluster)
{
    private static readonly PushItem Full = new()
    {
        Message = "Deploy? 😀\r\n1. yes\0",
        Event = "question",
        Source = "assistant é",
        SourceVerified = true,
        InReplyTo = new(ulong.MaxValue, long.MaxValue),
        Options = ["yes", "no", ""],
    };

    [Fact]
    public async Task Message_FromClientToClient_KeepsAllMembers()
    {
        var stream = WebstreamCluster.NewStream();
        var listener = await cluster.ListenAsync(stream);

        var answer = await cluster.GrainOf(stream).Push(new([Full, new() { Message = "plain" }], "k", Pushes.Patience));

        var id = new EventId(answer.Status.Epoch, 1);
        foreach (var messages in new[] { await cluster.ReadAllAsync(stream), (await listener.UntilAsync(2))[0].Messages })
        {
            ShouldBeFull(messages[0], id, stream, answer.Timestamp);
            (messages[1].Event, messages[1].Source, messages[1].SourceVerified, messages[1].InReplyTo, messages[1].Options)
                .ShouldBe((null, null, false, null, null));
        }
    }

    [Fact]
    public async Task Message_FromSiloToSilo_KeepsAllMembers()
    {
        var stream = WebstreamCluster.NewStream();
        // One of the two is not the owner, so its answer has crossed from silo to silo.
        foreach (var silo in cluster.Cluster.Silos)
        {
            var grain = silo.ServiceProvider.GetRequiredService<IGrainFactory>().GetGrain<IStreamGrain>(stream.Value);
            var answer = await grain.Push(new([Full], silo.Name, Pushes.Patience));
            var page = await grain.Read(new(answer.First - 1, 1, 1));
            ShouldBeFull(page.Messages.ShouldHaveSingleItem(), new(answer.Status.Epoch, answer.First), stream, answer.Timestamp);
        }

        (await cluster.GrainOf(stream).Describe()).Head.ShouldBe(2);
    }

    private static void ShouldBeFull(StreamMessage message, EventId id, StreamName stream, DateTimeOffset timestamp)
    {
        (message.Id, message.Stream, message.Timestamp).ShouldBe((id, stream, timestamp));
        (message.Message, message.Event, message.Source, message.SourceVerified, message.InReplyTo)
            .ShouldBe((Full.Message, Full.Event, Full.Source, Full.SourceVerified, Full.InReplyTo));
        message.Options.ShouldBe(Full.Options);
    }
}
