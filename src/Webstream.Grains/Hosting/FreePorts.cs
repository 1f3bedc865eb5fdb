using System.Net.NetworkInformation;

namespace Webstream.Grains.Hosting;

/// <summary>Free ports, for uses where nobody has to know the number.</summary>
public static class FreePorts
{
    // Below the range from which the system takes ports for outgoing connections, so that no such connection takes the port first.
    private const int Lowest = 20_000;
    private const int Highest = 32_000;

    /// <summary>A port on which no process listens.</summary>
    public static int Take()
    {
        var taken = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(e => e.Port).ToHashSet();
        int port;
        do
        {
            port = Random.Shared.Next(Lowest, Highest);
        }
        while (taken.Contains(port));
        return port;
    }
}
