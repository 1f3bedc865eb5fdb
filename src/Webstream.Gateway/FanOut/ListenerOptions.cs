using System.ComponentModel.DataAnnotations;

namespace Webstream.Gateway.FanOut;

/// <summary>How listeners are served, and how far one may fall behind. Section <c>Webstream:Listeners</c>.</summary>
internal sealed class ListenerOptions
{
    /// <summary>How often a comment keeps a connection alive. The original's contract says 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00", ErrorMessage = "Webstream__Listeners__Keepalive is a time from 1 second to 10 minutes, for example 00:00:30.")]
    public TimeSpan Keepalive { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a client is asked to wait before it reconnects.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00", ErrorMessage = "Webstream__Listeners__Retry is a time from 0.1 seconds to 5 minutes, for example 00:00:02.")]
    public TimeSpan Retry { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The most messages a listener may be behind before it is cut.</summary>
    [Range(1, long.MaxValue, ErrorMessage = "Webstream__Listeners__MaxBehindMessages is a number from 1 up, for example 10000.")]
    public long MaxBehindMessages { get; set; } = 10_000;

    /// <summary>The most bytes a listener may be behind before it is cut.</summary>
    [Range(65_536, long.MaxValue, ErrorMessage = "Webstream__Listeners__MaxBehindBytes is a number of bytes from 65536 up, for example 4194304.")]
    public long MaxBehindBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>How long a listener may be behind before it is cut. Also how long a listener that replays history may take nothing.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00", ErrorMessage = "Webstream__Listeners__MaxBehindTime is a time from 1 second to 1 hour, for example 00:00:30.")]
    public TimeSpan MaxBehindTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The most bytes the kernel holds for a connection (<c>SO_SNDBUF</c>); without a cap, megabytes if the client never reads.</summary>
    [Range(4096, 16 * 1024 * 1024, ErrorMessage = "Webstream__Listeners__SendBufferBytes is a number of bytes from 4096 to 16777216, for example 65536.")]
    public int SendBufferBytes { get; set; } = 64 * 1024;

    /// <summary>
    /// Whether the sockets of plain HTTP/1.1 listeners are taken over from the web server (Linux): less memory and less work for each. When this
    /// is off, and for all other listeners, the web server writes.
    /// </summary>
    public bool HandOver { get; set; } = true;

    /// <summary>The most listeners of this gateway; any further listener is answered 503. 0: as many as the process may open files.</summary>
    [Range(0, 10_000_000, ErrorMessage = "Webstream__Listeners__Max is a number from 0 (no limit) to 10000000.")]
    public int Max { get; set; }

    /// <summary>How long a gateway that shuts down takes to end its listeners, wave by wave.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00", ErrorMessage = "Webstream__Listeners__DrainTime is a time up to 10 minutes, for example 00:00:02.")]
    public TimeSpan DrainTime { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long sent data may stay without an acknowledgement before the connection is given up (<c>TCP_USER_TIMEOUT</c>, Linux).
    /// Together with the wait for the next keepalive, that is within two keepalive intervals after a client has gone silently.
    /// </summary>
    public TimeSpan VanishedAfter => Keepalive * 2 / 3;

    /// <summary>The weight of a listener that replays history, without its connection, in bytes: what the kernel and the web server hold.</summary>
    public long ReplayWeight => SendBufferBytes + WrittenAhead;

    /// <summary>The most bytes that the web server holds for a listener that cannot take more: one write, and the rest of earlier writes.</summary>
    public const int WrittenAhead = 40 * 1024;
}
