using System.ComponentModel.DataAnnotations;

namespace Webstream.Grains.Streams;

/// <summary>The memory stream, the fast path between silos and gateways. Section <c>Webstream:Stream</c>; a silo's setting.</summary>
public sealed class MessageStreamOptions
{
    /// <summary>
    /// How often the memory stream is polled. Short: low latency between gateways; long: an idle silo uses less.
    /// A silo that others connect to polls every 10 ms unless told otherwise, one embedded in a gateway every 500 ms:
    /// a lone gateway's listeners get their messages from the receipts of its own pushes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:05", ErrorMessage = "Webstream__Stream__PollPeriod is a time from 1 millisecond to 5 seconds, for example 00:00:00.010.")]
    public TimeSpan PollPeriod { get; set; }
}
