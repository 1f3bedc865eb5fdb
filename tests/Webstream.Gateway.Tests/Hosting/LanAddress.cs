using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>An address of this machine that is not its loopback.</summary>
internal static class LanAddress
{
    /// <summary>Finds the address, or skips the test.</summary>
    public static string Required()
    {
        var found = NetworkInterface.GetAllNetworkInterfaces()
            .Where(network => network.OperationalStatus == OperationalStatus.Up && network.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .FirstOrDefault(unicast => unicast.Address.AddressFamily == AddressFamily.InterNetwork);
        Assert.SkipWhen(found is null, "This machine has no address besides its loopback.");
        return found.Address.ToString();
    }
}
