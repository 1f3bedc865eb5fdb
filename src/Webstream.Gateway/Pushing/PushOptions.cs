using System.ComponentModel.DataAnnotations;
using Webstream.Protocol;

namespace Webstream.Gateway.Pushing;

/// <summary>What may be pushed, and how long it may take. Section <c>Webstream:Push</c>.</summary>
internal sealed class PushOptions
{
    /// <summary>The longest message, in bytes of UTF-8.</summary>
    [Range(1, PushRules.MaxBatchBytes, ErrorMessage = "Webstream__Push__MaxMessageBytes is a number of bytes from 1 to 262144, for example 65536.")]
    public int MaxMessageBytes { get; set; } = PushRules.DefaultMaxMessageBytes;

    /// <summary>How long a pusher waits at the most for its answer.</summary>
    [Range(typeof(TimeSpan), "00:00:00.5", "00:01:00", ErrorMessage = "Webstream__Push__Patience is a time from 0.5 seconds to 1 minute, for example 00:00:04.5.")]
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(4.5);

    /// <summary>Within which time after its head a body has to be complete; a slower one is answered 408.</summary>
    [Range(typeof(TimeSpan), "00:00:00.5", "00:10:00", ErrorMessage = "Webstream__Push__BodyTime is a time from 0.5 seconds to 10 minutes, for example 00:00:10.")]
    public TimeSpan BodyTime { get; set; } = TimeSpan.FromSeconds(10);
}
