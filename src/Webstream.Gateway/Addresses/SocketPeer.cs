using System.Net;
using Microsoft.AspNetCore.Connections.Features;

namespace Webstream.Gateway.Addresses;

/// <summary>
/// Who is at the other end of a request's connection. Unlike <see cref="ConnectionInfo.RemoteIpAddress"/> this is never what a header says: the
/// framework's switches (<c>ASPNETCORE_FORWARDEDHEADERS_ENABLED</c> and its like) let anybody choose that.
/// </summary>
internal static class SocketPeer
{
    // What the framework leaves of the headers that it has taken for true.
    private const string Taken = "X-Original-";
    private const string Forwarded = "X-Forwarded-";

    // Whoever forwards for others says so in one of these, and then the address of the connection is not the caller's.
    private static readonly string[] ProxyHeaders = ["Forwarded", "X-Real-IP", "Via", "CF-Connecting-IP"];

    /// <summary>The peer's address; none when it is no IP connection. An IPv4 address in IPv6 is given as IPv4.</summary>
    public static IPAddress? Of(HttpContext context)
    {
        // Without a connection of the web server's, as in a server for tests, there is only what is said.
        var address = context.Features.Get<IConnectionEndPointFeature>() is { } connection
            ? (connection.RemoteEndPoint as IPEndPoint)?.Address
            : context.Connection.RemoteIpAddress;
        return address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
    }

    /// <summary>Whether the caller is on this machine: the peer is, and does not speak for somebody else.</summary>
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
