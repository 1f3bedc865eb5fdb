using System.Threading.Channels;
using Orleans.Streams;
using Webstream.Grains.Hosting;

namespace Webstream.Grains.Tests.Hosting;

/// <summary>Receives the events of one stream over the memory stream, as a gateway does.</summary>
public sealed class StreamListener
{
    private readonly Channel<StreamEvent> events = Channel.CreateUnbounded<StreamEvent>();

    private StreamListener()
    {
    }

    public static async Task<StreamListener> SubscribeAsync(IClusterClient client, StreamName stream)
    {
        var listener = new StreamListener();
        var gateway = Guid.NewGuid().ToString("N");
        await client.GetStreamProvider(OrleansStreamIds.Provider)
            .GetStream<StreamEvent>(OrleansStreamIds.MessagesOf(stream))
            .SubscribeAsync((streamEvent, _) => listener.events.Writer.WriteAsync(streamEvent).AsTask());
        // The owner sends events while a gateway reports that it needs them.
        await client.GetGrain<IStreamGrain>(stream.Value).Report(new(gateway, 1, 1, 0, 0, 0));
        return listener;
    }

    /// <summary>The events up to the one that brings this sequence.</summary>
    public async Task<List<StreamEvent>> UntilAsync(long sequence)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        var heard = new List<StreamEvent>();
        await foreach (var streamEvent in events.Reader.ReadAllAsync(patience.Token))
        {
            heard.Add(streamEvent);
            if (streamEvent.Messages.Any(m => m.Id.Sequence >= sequence))
            {
                return heard;
            }
        }

        return heard;
    }
}
