using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Providers;
using Orleans.Runtime;
using Orleans.Streams;
using Webstream.Grains.Streams;

namespace Webstream.Grains.Bell;

/// <summary>
/// Orleans' memory stream, with a bell: who puts something into the queue rings, and the reader waits for that instead of polling.
/// What stores and delivers is the memory stream.
/// </summary>
internal sealed class BellAdapterFactory(
    string name, StreamCacheEvictionOptions cache, StreamStatisticOptions statistics, HashRingStreamQueueMapperOptions queues,
    IServiceProvider services, IGrainFactory grains, ILoggerFactory loggers,
    QueueBellClient bell, QueueSignal signal, IOptions<MessageStreamOptions> options)
    : MemoryAdapterFactory<DefaultMemoryMessageBodySerializer>(name, cache, statistics, queues, services, grains, loggers), IQueueAdapter
{
    /// <summary>Makes the one for a stream provider.</summary>
    public static new BellAdapterFactory Create(IServiceProvider services, string name)
    {
        var factory = ActivatorUtilities.CreateInstance<BellAdapterFactory>(
            services,
            name,
            services.GetOptionsByName<StreamCacheEvictionOptions>(name),
            services.GetOptionsByName<StreamStatisticOptions>(name),
            services.GetOptionsByName<HashRingStreamQueueMapperOptions>(name));
        factory.Init();
        return factory;
    }

    IQueueAdapterReceiver IQueueAdapter.CreateReceiver(QueueId queueId) =>
        new BellReceiver(CreateReceiver(queueId), signal, options.Value.PollPeriod);

    async Task IQueueAdapter.QueueMessageBatchAsync<T>(
        StreamId streamId, IEnumerable<T> events, StreamSequenceToken? token, Dictionary<string, object>? requestContext)
    {
        await QueueMessageBatchAsync(streamId, events, token, requestContext);
        bell.Ring(GetStreamQueueMapper().GetQueueForStream(streamId));
    }
}
