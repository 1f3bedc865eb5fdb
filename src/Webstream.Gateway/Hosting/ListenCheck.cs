using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Webstream.Protocol;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Gateway.Hosting;

/// <summary>
/// Tries the addresses before anything is started: the web server comes last, and would find a port in use only after the silo is up.
/// </summary>
internal static class ListenCheck
{
    /// <exception cref="StartRefusedException">The gateway could not listen there.</exception>
    public static void Refuse(string urls)
    {
        foreach (var url in ListenUrls.Split(urls))
        {
            var address = Parse(url);
            if (address.IsUnixPipe || address.IsNamedPipe)
            {
                continue;
            }

            foreach (var endpoint in EndpointsOf(address, url))
            {
                Try(endpoint, url);
            }
        }
    }

    /// <summary>The refusal of an address at which another program listens.</summary>
    public static StartRefusedException InUse(string urls) => new(
        $"{urls} is in use by another program. Choose another port with --port, for example --port 9000, or end that program.", ExitCode.AddressInUse);

    private static BindingAddress Parse(string url)
    {
        try
        {
            return BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            throw new StartRefusedException($"'{url}' is not an address to listen on. Write it as http://127.0.0.1:8000.");
        }
    }

    private static IPEndPoint[] EndpointsOf(BindingAddress address, string url)
    {
        if (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip))
        {
            return [new(ip, address.Port)];
        }

        return address.Host switch
        {
            "localhost" when address.Port == 0 =>
                throw new StartRefusedException("localhost is two addresses, which cannot share a free port. Write 127.0.0.1 for port 0."),
            "localhost" => [new(IPAddress.Loopback, address.Port)],
            "*" or "+" => [new(Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any, address.Port)],
            // The web server would take any name for "all addresses", which is wider than the person asked for.
            _ => throw new StartRefusedException(
                $"{url} has a name for its address. Write localhost or an address of this machine, for example 127.0.0.1, or 0.0.0.0 for all of them."),
        };
    }

    private static void Try(IPEndPoint endpoint, string url)
    {
        try
        {
            using var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        }
        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw InUse(url);
        }
        catch (SocketException failure)
        {
            throw new StartRefusedException($"Cannot listen on {url}: {failure.Message}.");
        }
    }
}
