using System.ComponentModel.DataAnnotations;

namespace Webstream.Gateway.Streams;

/// <summary>How a gateway keeps up with the streams that have listeners. Section <c>Webstream:Hub</c>.</summary>
internal sealed class HubOptions
{
    /// <summary>How long a gap has to close by itself before the missing messages are fetched from the stream's owner.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:10", ErrorMessage = "Webstream__Hub__HoleGrace is a time from 1 millisecond to 10 seconds, for example 00:00:00.1.")]
    public TimeSpan HoleGrace { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a stream that nobody needs stays on this gateway, for listeners that reconnect.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00", ErrorMessage = "Webstream__Hub__Linger is a time up to 1 hour, for example 00:00:15.")]
    public TimeSpan Linger { get; set; } = TimeSpan.FromSeconds(15);
}
