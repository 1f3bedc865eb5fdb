using System.Net;

namespace Webstream.Gateway.Addresses;

/// <summary>At which addresses of this machine another program listens, on a port of this gateway.</summary>
/// <param name="Foreign">The other program's addresses.</param>
internal sealed record OwnPorts(IReadOnlySet<IPEndPoint> Foreign)
{
    /// <summary>Nothing is known of other programs.</summary>
    public static OwnPorts Unknown { get; } = new(new HashSet<IPEndPoint>());

    /// <summary>The port of the metrics alone, which is no address to open; none: there is none.</summary>
    public int? Metrics { get; init; }

    /// <summary>Whether the name <c>localhost</c> may lead to another program on this port.</summary>
    public bool IsLocalhostShared(int port) => Foreign.Any(other => other.Port == port && IPAddress.IsLoopback(other.Address));
}
