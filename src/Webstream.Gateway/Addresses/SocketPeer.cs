using System.Net;
using Microsoft.AspNetCore.Connections.Features;

namespace Webstream.Gateway.Addresses;

/// <summary>
/// The peer of a request's connection. Unlike <see cref="ConnectionInfo.RemoteIpAddress"/> it never comes from a header: the framework's
/// switches (<c>ASPNETCORE_FORWARDEDHEADERS_ENABLED</c> and its like) let any caller choose that address.
/// </summary>
internal static class SocketPeer
{
    /// <summary>The peer's address; none when it is no IP connection. An IPv4 address in IPv6 is given as IPv4.</summary>
    public static IPAddress? Of(HttpContext context)
    {
        // Without a connection of the web server, as in a server for tests, there is only the address that the request claims.
        var address = context.Features.Get<IConnectionEndPointFeature>() is { } connection
            ? (connection.RemoteEndPoint as IPEndPoint)?.Address
            : context.Connection.RemoteIpAddress;
        return PlainAddress.Of(address);
    }

    /// <summary>Whether the caller is on this machine: the peer is on it, and does not forward for another caller.</summary>
    public static bool IsLocalCaller(HttpContext context) =>
        !HopSigns.AreIn(context.Request) && Of(context) is { } address && IPAddress.IsLoopback(address);

    /// <summary>Whether the peer is on this machine, by whichever of its addresses, and does not forward for another caller.</summary>
    public static bool IsOnThisMachine(HttpContext context)
    {
        if (HopSigns.AreIn(context.Request))
        {
            return false;
        }

        if (Of(context) is not { } peer)
        {
            // A socket file; or a server for tests, without a connection.
            return context.Features.Get<IConnectionEndPointFeature>()?.RemoteEndPoint is not IPEndPoint;
        }

        var own = (context.Features.Get<IConnectionEndPointFeature>()?.LocalEndPoint as IPEndPoint)?.Address ?? context.Connection.LocalIpAddress;
        return IPAddress.IsLoopback(peer) || peer.Equals(PlainAddress.Of(own));
    }
}
