using System.Net;

namespace Webstream.Gateway.Addresses;

/// <summary>An address in one form: a socket for both families gives an IPv4 peer as <c>::ffff:192.0.2.1</c>.</summary>
internal static class PlainAddress
{
    /// <summary>The address, as IPv4 where it is one.</summary>
    public static IPAddress? Of(IPAddress? address) => address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
}
