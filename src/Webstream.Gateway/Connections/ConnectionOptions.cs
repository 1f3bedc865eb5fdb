using System.ComponentModel.DataAnnotations;

namespace Webstream.Gateway.Connections;

/// <summary>How many connections the gateway takes, and what the system holds for them. Section <c>Webstream:Connections</c>.</summary>
internal sealed class ConnectionOptions
{
    /// <summary>
    /// The most connections of this gateway, listeners included; 0: as many as the process may open files. An eighth of them, at most 256,
    /// is kept for short requests when the others are taken.
    /// </summary>
    [Range(0, 10_000_000, ErrorMessage = "Webstream__Connections__Max is a number from 1 to 10000000, for example 5000, or 0 for as many as the process may open files.")]
    public int Max { get; set; }

    /// <summary>How many connections may wait to be accepted; 0: as many as the system grants (<c>net.core.somaxconn</c>).</summary>
    [Range(0, int.MaxValue, ErrorMessage = "Webstream__Connections__Backlog is a number from 1 up, for example 4096, or 0 for as many as the system grants.")]
    public int Backlog { get; set; }

    /// <summary>How much unread data of a client the kernel may hold (<c>SO_RCVBUF</c>), in bytes; without a cap it holds megabytes.</summary>
    [Range(8192, 16 * 1024 * 1024, ErrorMessage = "Webstream__Connections__ReceiveBufferBytes is a number of bytes from 8192 to 16777216, for example 65536.")]
    public int ReceiveBufferBytes { get; set; } = 64 * 1024;
}
