using System.Globalization;
using System.Net;

namespace Webstream.Gateway.Addresses;

/// <summary>Turns an address that a server listens on into the addresses that a browser can open: it cannot open 0.0.0.0.</summary>
internal static class OpenableAddresses
{
    public static IEnumerable<string> Of(string url, OwnPorts ports)
    {
        var address = BindingAddress.Parse(url);
        if (address.IsUnixPipe || address.IsNamedPipe)
        {
            return [];
        }

        if (!IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip))
        {
            // A name, or * or +: the server also answers at localhost for these two.
            return [Url(address, address.Host is "*" or "+" ? "localhost" : address.Host)];
        }

        if (!ip.Equals(IPAddress.Any) && !ip.Equals(IPAddress.IPv6Any))
        {
            return [Url(address, IsUsualLoopback(ip) && !ports.IsLocalhostShared(address.Port) ? "localhost" : address.Host)];
        }

        // The name would lead to the other program.
        string[] here = !ports.IsLocalhostShared(address.Port) ? ["localhost"] : ip.Equals(IPAddress.Any) ? ["127.0.0.1"] : ["[::1]"];
        return here.Concat(MachineAddresses.IPv4().Select(address => address.ToString())).Select(host => Url(address, host));
    }

    private static string Url(BindingAddress address, string host) =>
        string.Create(CultureInfo.InvariantCulture, $"{address.Scheme}://{host}:{address.Port}");

    private static bool IsUsualLoopback(IPAddress ip) => ip.Equals(IPAddress.Loopback) || ip.Equals(IPAddress.IPv6Loopback);
}
