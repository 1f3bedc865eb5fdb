using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Webstream.Grains.Hosting;

namespace Webstream.Grains.MessageStream;

/// <summary>The memory stream of a silo, and the wake-up of its reader. Gateways outside only subscribe: Orleans' own suffices for them.</summary>
internal static class MessageStreamHosting
{
    // From the end of one wait to the next read. Also the delay of a stream's first event while Orleans looks up the stream's subscriptions.
    private static readonly TimeSpan PauseBetweenWaits = TimeSpan.FromMilliseconds(10);

    /// <summary>Adds the stream provider, and the wake-up of its reader.</summary>
    public static void AddMessageStream(this ISiloBuilder silo)
    {
        silo.AddGrainService<QueueWakeup>();
        silo.Services.AddSingleton<QueueWakeupClient>();
        silo.Services.AddSingleton<QueueSignal>();
        // Orleans logs under this name that the service started and which part of the ring it has.
        silo.ConfigureLogging(logging => logging.AddFilter(typeof(QueueWakeup).FullName, LogLevel.Warning));

        // One logical stream lives on one queue anyway; seven idle ones would only be polled. Gateways must agree.
        silo.Services.Configure<HashRingStreamQueueMapperOptions>(OrleansStreamIds.Provider, o => o.TotalQueueCount = 1);
        silo.Services.Configure<StreamCacheEvictionOptions>(OrleansStreamIds.Provider, o =>
        {
            // No gateway rewinds, so delivered events are of no more use; by default they would be kept for half an hour. The times are longer
            // than a delivery may take, so that one gateway's trouble costs the others nothing.
            o.DataMinTimeInCache = TimeSpan.FromSeconds(10);
            o.DataMaxAgeInCache = TimeSpan.FromSeconds(30);
            // The last position of a quiet stream is remembered. Otherwise events would seem to be missing before its next event.
            o.MetadataMinTimeInCache = TimeSpan.FromDays(30);
        });
        silo.AddPersistentStreams(OrleansStreamIds.Provider, MessageStreamAdapterFactory.Create, streams => streams.ConfigurePullingAgent(agent => agent.Configure(o =>
        {
            o.GetQueueMsgsTimerPeriod = PauseBetweenWaits;
            o.BatchContainerBatchSize = 128;
            o.MaxEventDeliveryTime = TimeSpan.FromSeconds(5);
            // A stream that was quiet for a long time must still deliver its next message.
            o.StreamInactivityPeriod = TimeSpan.FromDays(3650);
        })));
    }
}
