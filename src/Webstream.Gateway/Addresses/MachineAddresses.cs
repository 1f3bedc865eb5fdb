using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Webstream.Gateway.Addresses;

/// <summary>The addresses of this machine in its networks; those of its loopback are not among them.</summary>
internal static class MachineAddresses
{
    /// <summary>Those of IPv4, of the cards that are up.</summary>
    public static IEnumerable<IPAddress> IPv4() => All(
        AddressFamily.InterNetwork,
        card => card.OperationalStatus == OperationalStatus.Up && card.NetworkInterfaceType != NetworkInterfaceType.Loopback);

    /// <summary>Those of IPv6, of all cards; without those that need the name of a card beside them.</summary>
    public static IEnumerable<IPAddress> IPv6() => All(AddressFamily.InterNetworkV6, _ => true).Where(address => !address.IsIPv6LinkLocal);

    private static IEnumerable<IPAddress> All(AddressFamily family, Func<NetworkInterface, bool> counts) =>
        NetworkInterface.GetAllNetworkInterfaces()
            .Where(counts)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Where(address => address.AddressFamily == family && !IPAddress.IsLoopback(address));
}
