using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Webstream.Grains.Hosting;

namespace Webstream.Grains.MessageStream;

/// <summary>The memory stream of a silo, and what wakes its reader. Gateways outside only subscribe, and need no more than Orleans' own.</summary>
internal static class MessageStreamHosting
{
    // From the end of one wait to the next look. Also how soon a stream's first event follows when its subscribers were being looked up.
    private static readonly TimeSpan PauseBetweenWaits = TimeSpan.FromMilliseconds(10);

    /// <summary>Adds the stream provider, and what wakes its reader.</summary>
    public static void AddMessageStream(this ISiloBuilder silo)
    {
        silo.AddGrainService<QueueWakeup>();
        silo.Services.AddSingleton<QueueWakeupClient>();
        silo.Services.AddSingleton<QueueSignal>();
        // Orleans says in its name that it started and which part of the ring it has.
        silo.ConfigureLogging(logging => logging.AddFilter(typeof(QueueWakeup).FullName, LogLevel.Warning));

        // One logical stream lives on one queue anyway; seven idle ones would only be polled. Gateways must agree.
        silo.Services.Configure<HashRingStreamQueueMapperOptions>(OrleansStreamIds.Provider, o => o.TotalQueueCount = 1);
        silo.Services.Configure<StreamCacheEvictionOptions>(OrleansStreamIds.Provider, o =>
        {
            // Nobody rewinds: what was delivered is of no more use, and by default it would be kept for half an hour. Longer than a delivery
            // may take, so that one subscriber's trouble costs the others nothing.
            o.DataMinTimeInCache = TimeSpan.FromSeconds(10);
            o.DataMaxAgeInCache = TimeSpan.FromSeconds(30);
            // Where a quiet stream had got to is remembered, or its next event would look as if some were missing before it.
            o.MetadataMinTimeInCache = TimeSpan.FromDays(30);
        });
        silo.AddPersistentStreams(OrleansStreamIds.Provider, MessageStreamAdapterFactory.Create, streams => streams.ConfigurePullingAgent(agent => agent.Configure(o =>
        {
            o.GetQueueMsgsTimerPeriod = PauseBetweenWaits;
            o.BatchContainerBatchSize = 128;
            o.MaxEventDeliveryTime = TimeSpan.FromSeconds(5);
            // A stream that was quiet for long must still deliver its next message.
            o.StreamInactivityPeriod = TimeSpan.FromDays(3650);
        })));
    }
}
