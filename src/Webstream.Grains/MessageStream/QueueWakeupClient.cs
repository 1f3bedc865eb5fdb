using Microsoft.Extensions.Logging;
using Orleans.Runtime.Services;
using Orleans.Streams;

namespace Webstream.Grains.MessageStream;

/// <summary>Wakes the reader of the silo that reads a queue: the ring of silos gives out the queues, and grain services by the same rule.</summary>
internal sealed partial class QueueWakeupClient(IServiceProvider services, ILogger<QueueWakeupClient> logger) : GrainServiceClient<IQueueWakeup>(services)
{
    /// <summary>Tells that something is in a queue. Never fails: what is in the queue will be found without it.</summary>
    public void Wake(QueueId queue)
    {
        try
        {
            GetGrainService(queue.GetUniformHashCode()).Wake().Ignore();
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // Nobody is on the ring any more when the last silo ends.
            LogFailed(logger, failure);
        }
    }

    [LoggerMessage(1, LogLevel.Debug, "The reader of the queue could not be told")]
    private static partial void LogFailed(ILogger logger, Exception failure);
}
