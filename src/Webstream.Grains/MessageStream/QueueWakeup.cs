using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Webstream.Grains.MessageStream;

/// <summary>Wakes the reader of the queue on this silo.</summary>
internal sealed class QueueWakeup(GrainId id, Silo silo, ILoggerFactory loggers, QueueSignal signal) : GrainService(id, silo, loggers), IQueueWakeup
{
    /// <inheritdoc/>
    public Task Wake()
    {
        signal.Set();
        return Task.CompletedTask;
    }
}
