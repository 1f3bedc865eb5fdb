using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Grains.Hosting;

/// <summary>The way from this machine to Redis.</summary>
internal static class RedisRoute
{
    /// <summary>
    /// The address from which this machine reaches Redis: other processes of the cluster reach this one there too. It is of the family of
    /// Redis' address. Where a name has addresses of both, IPv4 comes first: all silos of a cluster must use one family.
    /// </summary>
    /// <exception cref="StartRefusedException">There is no such address. The message says which setting helps.</exception>
    public static IPAddress LocalAddressTowards(ConfigurationOptions options)
    {
        foreach (var server in options.EndPoints)
        {
            foreach (var target in TargetsOf(server))
            {
                if (Try(target) is { } local)
                {
                    return local;
                }
            }
        }

        throw new StartRefusedException(
            "The address of this machine towards Redis is not known, so that others could not reach this silo. "
            + "Set Webstream__Cluster__AdvertisedAddress to the address at which they do, for example 10.0.0.5.");
    }

    private static IPEndPoint[] TargetsOf(EndPoint server) => server switch
    {
        IPEndPoint address => [address],
        DnsEndPoint name =>
        [
            .. Resolve(name.Host).OrderBy(one => one.AddressFamily == AddressFamily.InterNetwork ? 0 : 1).Select(one => new IPEndPoint(one, name.Port)),
        ],
        // A socket of this machine.
        _ => [new(IPAddress.Loopback, 6379)],
    };

    private static IPAddress[] Resolve(string host)
    {
        try
        {
            return Dns.GetHostAddresses(host);
        }
        catch (SocketException)
        {
            return [];
        }
    }

    private static IPAddress? Try(IPEndPoint target)
    {
        try
        {
            // Connecting a datagram socket sends nothing; it only chooses the route.
            using var probe = new Socket(target.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            probe.Connect(target.Address, target.Port == 0 ? 6379 : target.Port);
            return ((IPEndPoint)probe.LocalEndPoint!).Address;
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
