using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Providers;
using Orleans.Runtime;
using Orleans.Streams;
using Webstream.Grains.Memory;
using Webstream.Grains.Streams;

namespace Webstream.Grains.MessageStream;

/// <summary>
/// Orleans' memory stream, with a wake-up: the sender of an event wakes the queue's reader, which waits for that instead of polling.
/// The memory stream itself stores and delivers, in bounded buffers.
/// </summary>
internal sealed class MessageStreamAdapterFactory(
    string name, StreamCacheEvictionOptions cache, StreamStatisticOptions statistics, HashRingStreamQueueMapperOptions queues,
    IServiceProvider services, IGrainFactory grains, ILoggerFactory loggers,
    QueueWakeupClient wakeup, QueueSignal signal, IOptions<MessageStreamOptions> options, MemoryBudget memory)
    : MemoryAdapterFactory<DefaultMemoryMessageBodySerializer>(name, cache, statistics, queues, services, grains, loggers), IQueueAdapter, IQueueAdapterCache
{
    // With this bound even the largest events of one read of the queue take a few buffers, not all of them.
    private const int MaxAtOnce = 16;

    private readonly IServiceProvider services = services;
    private readonly ILoggerFactory loggers = loggers;
    private readonly StreamCacheEvictionOptions cache = cache;
    private readonly EventBuffers buffers = new(memory.Waiting);

    /// <summary>Creates the factory for a stream provider.</summary>
    public static new MessageStreamAdapterFactory Create(IServiceProvider services, string name)
    {
        var factory = ActivatorUtilities.CreateInstance<MessageStreamAdapterFactory>(
            services,
            name,
            services.GetOptionsByName<StreamCacheEvictionOptions>(name),
            services.GetOptionsByName<StreamStatisticOptions>(name),
            services.GetOptionsByName<HashRingStreamQueueMapperOptions>(name));
        factory.Init();
        return factory;
    }

    IQueueAdapterReceiver IQueueAdapter.CreateReceiver(QueueId queueId) =>
        new MessageStreamReceiver(CreateReceiver(queueId), signal, options.Value.PollPeriod);

    IQueueCache IQueueAdapterCache.CreateQueueCache(QueueId queueId) => new MemoryPooledCache<DefaultMemoryMessageBodySerializer>(
        buffers,
        new EventPurge(cache, buffers),
        loggers.CreateLogger($"{typeof(MemoryPooledCache<DefaultMemoryMessageBodySerializer>).FullName}.{Name}.{queueId}"),
        ActivatorUtilities.CreateInstance<DefaultMemoryMessageBodySerializer>(services),
        cacheMonitor: null,
        monitorWriteInterval: null,
        cache.MetadataMinTimeInCache,
        MaxAtOnce);

    async Task IQueueAdapter.QueueMessageBatchAsync<T>(
        StreamId streamId, IEnumerable<T> events, StreamSequenceToken? token, Dictionary<string, object>? requestContext)
    {
        await QueueMessageBatchAsync(streamId, events, token, requestContext);
        wakeup.Wake(GetStreamQueueMapper().GetQueueForStream(streamId));
    }
}
