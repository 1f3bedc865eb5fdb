using System.Collections.Concurrent;
using System.Net.NetworkInformation;

namespace Webstream.Testing;

/// <summary>Ports for programs that must be told one. Where a program can choose, give it port 0 instead.</summary>
public static class FreePort
{
    // Below the range from which the system takes ports for outgoing connections, so that no such connection takes the port first.
    private const int Lowest = 20_000;
    private const int Highest = 32_000;

    private static readonly ConcurrentDictionary<int, bool> Given = new();

    /// <summary>A port on which no process listens, and that no other test of this process was given.</summary>
    public static int Take()
    {
        var taken = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(listener => listener.Port).ToHashSet();
        int port;
        do
        {
            port = Random.Shared.Next(Lowest, Highest);
        }
        while (taken.Contains(port) || !Given.TryAdd(port, true));
        return port;
    }
}
