using Microsoft.Extensions.Logging;
using Orleans.Runtime.Services;
using Orleans.Streams;

namespace Webstream.Grains.MessageStream;

/// <summary>Wakes the queue's reader on the silo that reads. The ring of silos assigns queues and grain services by the same rule.</summary>
internal sealed partial class QueueWakeupClient(IServiceProvider services, ILogger<QueueWakeupClient> logger) : GrainServiceClient<IQueueWakeup>(services)
{
    /// <summary>Signals that something is in a queue. Never fails: the reader finds it without the signal too.</summary>
    public void Wake(QueueId queue)
    {
        try
        {
            GetGrainService(queue.GetUniformHashCode()).Wake().Ignore();
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // When the last silo ends, no silo is on the ring any more.
            LogFailed(logger, failure);
        }
    }

    [LoggerMessage(1, LogLevel.Debug, "The reader of the queue could not be told")]
    private static partial void LogFailed(ILogger logger, Exception failure);
}
