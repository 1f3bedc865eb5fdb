using System.ComponentModel.DataAnnotations;

namespace Webstream.Grains.Streams;

/// <summary>How many pushes may wait for their turn in one stream. Section <c>Webstream:Queue</c>.</summary>
public sealed class PushQueueOptions
{
    /// <summary>The most pushes that wait; a further push is refused.</summary>
    [Range(1, 1_000_000, ErrorMessage = "Webstream__Queue__WaitingPushes is a number from 1 to 1000000, for example 10000.")]
    public int WaitingPushes { get; set; } = 10_000;

    /// <summary>The most bytes that wait; a push beyond this is refused.</summary>
    [Range(1_000_000, long.MaxValue, ErrorMessage = "Webstream__Queue__WaitingBytes is a number of bytes from 1000000 up, for example 33554432.")]
    public long WaitingBytes { get; set; } = 32 * 1024 * 1024;
}
