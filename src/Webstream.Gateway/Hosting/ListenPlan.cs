using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Webstream.Gateway.Addresses;

namespace Webstream.Gateway.Hosting;

/// <summary>Where the gateway listens, as <see cref="ListenCheck"/> found it possible. Holds the sockets of ports that the system chose.</summary>
/// <param name="Written">The addresses as they were asked for, separated by semicolons.</param>
/// <param name="Urls">The addresses for the web server, separated by semicolons.</param>
internal sealed record ListenPlan(string Written, string Urls) : IDisposable
{
    private readonly Dictionary<IPEndPoint, Socket> held = [];

    /// <summary>The other programs on the gateway's ports.</summary>
    public OwnPorts Ports { get; init; } = OwnPorts.Unknown;

    /// <summary>What a person must know about the addresses.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>A plan that is carried out without a check.</summary>
    public static ListenPlan AsWritten(string urls) => new(urls, urls);

    /// <summary>Keeps a bound socket for the web server.</summary>
    public void Hold(IPEndPoint endpoint, Socket socket) => held.Add(endpoint, socket);

    /// <summary>Binds a socket for the web server.</summary>
    /// <exception cref="SocketException">The address cannot be bound.</exception>
    public Socket Bind(EndPoint endpoint)
    {
        if (endpoint is IPEndPoint ip && held.Remove(ip, out var socket))
        {
            return socket;
        }

        return endpoint is IPEndPoint { Port: var port } all && all.Address.Equals(IPAddress.IPv6Any) && HasAllOfIPv4(port)
            ? BindIPv6Only(all)
            : SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
    }

    /// <summary>Binds a socket that leaves the same port of IPv4 to another socket. By default a socket for all of IPv6 takes IPv4 too.</summary>
    /// <exception cref="SocketException">The address cannot be bound.</exception>
    public static Socket BindIPv6Only(IPEndPoint endpoint)
    {
        var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = false };
        try
        {
            socket.Bind(endpoint);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var socket in held.Values)
        {
            socket.Dispose();
        }

        held.Clear();
    }

    private bool HasAllOfIPv4(int port) => ListenUrls.Split(Urls).Select(BindingAddress.Parse).Any(address =>
        address.Port == port && IPAddress.TryParse(address.Host, out var ip) && ip.Equals(IPAddress.Any));
}
