using Webstream.Protocol;

namespace Webstream.Grains.History;

/// <summary>Keeps the gateways' subscriptions to a stream from expiring, where they are kept outside the silos.</summary>
internal interface ISubscriptionKeeper
{
    /// <summary>Gateways listen to the stream: its subscriptions shall live on. A failure does no harm; the next call tries again.</summary>
    Task KeepAsync(StreamName stream);
}

/// <summary>The subscriptions are in the memory of the silos, and never expire.</summary>
internal sealed class SubscriptionsInMemory : ISubscriptionKeeper
{
    public Task KeepAsync(StreamName stream) => Task.CompletedTask;
}
