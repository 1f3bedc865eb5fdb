using Orleans.Streams;
using Webstream.Grains;
using Webstream.Grains.Hosting;
using Webstream.Protocol;

namespace Webstream.Gateway.Streams;

/// <summary>The feed over the Orleans memory stream: one subscription for a stream, however many listen.</summary>
internal sealed class OrleansStreamFeed(IClusterClient cluster) : IStreamFeed
{
    public async Task<IAsyncDisposable> SubscribeAsync(StreamName stream, Action<StreamEvent> onEvent)
    {
        var events = cluster.GetStreamProvider(OrleansStreamIds.Provider).GetStream<StreamEvent>(OrleansStreamIds.MessagesOf(stream));
        var handle = await events.SubscribeAsync((streamEvent, _) =>
        {
            onEvent(streamEvent);
            return Task.CompletedTask;
        });
        return new Subscription(handle);
    }

    private sealed class Subscription(StreamSubscriptionHandle<StreamEvent> handle) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await handle.UnsubscribeAsync();
    }
}
