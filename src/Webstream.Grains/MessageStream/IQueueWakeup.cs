using Orleans.Concurrency;
using Orleans.Services;

namespace Webstream.Grains.MessageStream;

/// <summary>Wakes what reads the memory stream's queue. Every silo has one; the one that is rung is that of the silo that reads.</summary>
[Alias("webstream.IQueueBell")]
internal interface IQueueWakeup : IGrainService
{
    /// <summary>Something is in the queue. It may be lost: the queue is looked at from time to time anyway.</summary>
    [OneWay]
    [Alias("Ring")]
    Task Wake();
}
