using System.Net;
using Microsoft.AspNetCore.Connections.Features;

namespace Webstream.Gateway.Addresses;

/// <summary>
/// The peer of a request's connection. Unlike <see cref="ConnectionInfo.RemoteIpAddress"/> it never comes from a header: the framework's
/// switches (<c>ASPNETCORE_FORWARDEDHEADERS_ENABLED</c> and its like) let any caller choose that address.
/// </summary>
internal static class SocketPeer
{
    // The framework renames the headers that it has believed to this prefix.
    private const string Taken = "X-Original-";
    private const string Forwarded = "X-Forwarded-";

    // A proxy names itself in one of these headers. The address of the connection is then not the caller's.
    private static readonly string[] ProxyHeaders = ["Forwarded", "X-Real-IP", "Via", "CF-Connecting-IP"];

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
    public static bool IsLocalCaller(HttpContext context)
    {
        foreach (var name in context.Request.Headers.Keys)
        {
            if (name.StartsWith(Forwarded, StringComparison.OrdinalIgnoreCase)
                || name.StartsWith(Taken, StringComparison.OrdinalIgnoreCase)
                || ProxyHeaders.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        return Of(context) is { } address && IPAddress.IsLoopback(address);
    }
}
