using Orleans.Concurrency;
using Orleans.Services;

namespace Webstream.Grains.MessageStream;

/// <summary>Wakes the reader of the memory stream's queue. Every silo has one; callers wake the one on the silo that reads.</summary>
[Alias("webstream.IQueueBell")]
internal interface IQueueWakeup : IGrainService
{
    /// <summary>Something is in the queue. This call may be lost: the reader polls the queue from time to time anyway.</summary>
    [OneWay]
    [Alias("Ring")]
    Task Wake();
}
