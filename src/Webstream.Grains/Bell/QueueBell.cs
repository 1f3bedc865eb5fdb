using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Webstream.Grains.Bell;

/// <summary>A silo's bell.</summary>
internal sealed class QueueBell(GrainId id, Silo silo, ILoggerFactory loggers, QueueSignal signal) : GrainService(id, silo, loggers), IQueueBell
{
    /// <inheritdoc/>
    public Task Ring()
    {
        signal.Set();
        return Task.CompletedTask;
    }
}
