using System.ComponentModel.DataAnnotations;

namespace Webstream.Grains.Streams;

/// <summary>The memory stream, the fast path between silos and gateways. Section <c>Webstream:Stream</c>; a silo's setting.</summary>
public sealed class MessageStreamOptions
{
    /// <summary>
    /// How often the reader polls the memory stream's queue without a wake-up. If a wake-up is lost, a message may be this late on gateways
    /// other than the one that took its push. A short period costs an idle silo more.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:05", ErrorMessage = "Webstream__Stream__PollPeriod is a time from 1 millisecond to 5 seconds, for example 00:00:00.500.")]
    public TimeSpan PollPeriod { get; set; } = TimeSpan.FromMilliseconds(500);
}
