using System.Net;
using System.Net.Sockets;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>Ports of this machine, and another program on them.</summary>
internal static class Ports
{
    /// <summary>Skips the test on a machine without IPv6.</summary>
    public static void NeedIPv6()
    {
        try
        {
            using var probe = Listen(IPAddress.IPv6Loopback);
        }
        catch (SocketException)
        {
            Assert.Skip("This machine has no IPv6.");
        }
    }

    /// <summary>A port that is free.</summary>
    public static int Free()
    {
        using var probe = Listen(IPAddress.Any);
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }

    /// <summary>Listens on one family alone, on a port that the system chooses.</summary>
    public static Socket Listen(IPAddress address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            socket.DualMode = false;
        }

        socket.Bind(new IPEndPoint(address, 0));
        socket.Listen();
        return socket;
    }
}
