using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Webstream.Gateway.Addresses;

/// <summary>Turns an address that a server listens on into the addresses that a browser can open: it cannot open 0.0.0.0.</summary>
internal static class OpenableAddresses
{
    public static IEnumerable<string> Of(string url)
    {
        var address = BindingAddress.Parse(url);
        if (!IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip))
        {
            // A name, or * or +: the server also answers at localhost for these two.
            return address.Host is "*" or "+" ? [$"{address.Scheme}://localhost:{address.Port}"] : [$"{address.Scheme}://{address.Host}:{address.Port}"];
        }

        if (!ip.Equals(IPAddress.Any) && !ip.Equals(IPAddress.IPv6Any))
        {
            return [$"{address.Scheme}://{(ip.Equals(IPAddress.Loopback) || ip.Equals(IPAddress.IPv6Loopback) ? "localhost" : address.Host)}:{address.Port}"];
        }

        return LanAddresses().Prepend("localhost").Select(host => $"{address.Scheme}://{host}:{address.Port}");
    }

    private static IEnumerable<string> LanAddresses() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .Where(network => network.OperationalStatus == OperationalStatus.Up && network.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Where(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address))
            .Select(address => address.ToString());
}
