using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Webstream.Gateway.Addresses;
using Webstream.Protocol;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Gateway.Hosting;

/// <summary>
/// Tries the addresses before anything is started: the web server comes last, and would find a port in use only after the silo is up.
/// </summary>
internal sealed class ListenCheck
{
    private const int MostTries = 20;

    private readonly List<string> urls = [];
    private readonly Dictionary<IPEndPoint, string> served = [];
    private readonly HashSet<IPEndPoint> foreign = [];
    private readonly List<(IPEndPoint Endpoint, Socket Socket)> held = [];

    private ListenCheck()
    {
    }

    /// <summary>Finds out where the gateway can listen.</summary>
    /// <param name="urls">The addresses that it is asked to listen on, separated by semicolons.</param>
    /// <exception cref="StartRefusedException">The gateway cannot listen there.</exception>
    public static ListenPlan Plan(string urls)
    {
        var check = new ListenCheck();
        try
        {
            foreach (var url in ListenUrls.Split(urls))
            {
                check.Try(url);
            }

            check.LookAtTheOtherFamily();
            var plan = new ListenPlan(urls, string.Join(';', check.urls))
            {
                Ports = new(check.foreign),
                Warnings = [.. check.foreign.Select(WarningOf)],
            };
            check.held.ForEach(one => plan.Hold(one.Endpoint, one.Socket));
            check.held.Clear();
            return plan;
        }
        finally
        {
            check.held.ForEach(one => one.Socket.Dispose());
        }
    }

    /// <summary>The refusal of an address at which another program listens.</summary>
    public static StartRefusedException InUse(string urls) => new(
        $"{urls} is in use by another program. Choose another port with --port, for example --port 9000, or end that program.", ExitCode.InUse);

    private void Try(string url)
    {
        var address = Parse(url);
        if (address.IsUnixPipe || address.IsNamedPipe)
        {
            urls.Add(url);
            return;
        }

        if (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip))
        {
            RefuseTwice(ip, address.Port, url);
            Bind(ip, address.Port, url);
            urls.Add(url);
            served.Add(new(ip, address.Port), url);
            return;
        }

        switch (address.Host)
        {
            case "localhost" when address.Port == 0:
                throw new StartRefusedException("localhost is two addresses, which cannot share a free port. Write 127.0.0.1 for port 0.");
            case "localhost":
                TryBoth(address, IPAddress.Loopback, IPAddress.IPv6Loopback, url);
                break;
            case "*" or "+" when address.Port == 0:
                ChoosePort(address);
                break;
            case "*" or "+":
                TryBoth(address, IPAddress.Any, IPAddress.IPv6Any, UrlOf(address, IPAddress.Any, address.Port));
                break;
            default:
                // The web server would take any name for "all addresses", which is wider than the person asked for.
                throw new StartRefusedException(
                    $"{url} has a name for its address. Write localhost or an address of this machine, for example 127.0.0.1, or 0.0.0.0 for all of them.");
        }
    }

    // IPv4 must be free: people and programs look there. Of IPv6 the gateway takes what there is: nobody asked for it by its address.
    private void TryBoth(BindingAddress address, IPAddress ipv4, IPAddress ipv6, string shown)
    {
        RefuseTwice(ipv4, address.Port, shown);
        RefuseTwice(ipv6, address.Port, shown);
        Bind(ipv4, address.Port, shown);
        Add(address, ipv4, address.Port);
        switch (FailureAt(new(ipv6, address.Port)))
        {
            case null:
                Add(address, ipv6, address.Port);
                break;
            case { SocketErrorCode: SocketError.AddressAlreadyInUse } when ipv6.Equals(IPAddress.IPv6Any):
                AddOneByOne(address);
                break;
        }
    }

    // Another program has one address of IPv6, and then nobody can have all. The gateway takes the others, unless that program has the loopback.
    private void AddOneByOne(BindingAddress address)
    {
        if (FailureAt(new(IPAddress.IPv6Loopback, address.Port)) is not null)
        {
            return;
        }

        foreach (var ip in MachineAddresses.IPv6().Prepend(IPAddress.IPv6Loopback))
        {
            var endpoint = new IPEndPoint(ip, address.Port);
            switch (FailureAt(endpoint))
            {
                case null:
                    Add(address, ip, address.Port);
                    break;
                case { SocketErrorCode: SocketError.AddressAlreadyInUse }:
                    foreign.Add(endpoint);
                    break;
            }
        }
    }

    // The gateway itself would be the program that has the address.
    private void RefuseTwice(IPAddress ip, int port, string shown)
    {
        foreach (var (endpoint, first) in served)
        {
            if (port != 0 && endpoint.Port == port && Overlap(endpoint.Address, ip))
            {
                throw new StartRefusedException($"{shown} and {first} name one address twice: {new IPEndPoint(ip, port)}. Leave one of them out.");
            }
        }
    }

    private static bool Overlap(IPAddress one, IPAddress other) =>
        one.AddressFamily == other.AddressFamily && (one.Equals(other) || IsAny(one) || IsAny(other));

    private static bool IsAny(IPAddress ip) => ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any);

    // Both families at the same port, which is kept from now on: another program could take it before the web server is up.
    private void ChoosePort(BindingAddress address)
    {
        for (var tries = 1; ; tries++)
        {
            var ipv4 = SocketTransportOptions.CreateDefaultBoundListenSocket(new IPEndPoint(IPAddress.Any, 0));
            var port = ((IPEndPoint)ipv4.LocalEndPoint!).Port;
            var ipv6 = new IPEndPoint(IPAddress.IPv6Any, port);
            try
            {
                var socket = ListenPlan.BindIPv6Only(ipv6);
                held.Add((new(IPAddress.Any, port), ipv4));
                held.Add((ipv6, socket));
                Add(address, IPAddress.Any, port);
                Add(address, IPAddress.IPv6Any, port);
                return;
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse && tries < MostTries)
            {
                ipv4.Dispose();
            }
            catch (SocketException)
            {
                // There is no IPv6 here.
                held.Add((new(IPAddress.Any, port), ipv4));
                Add(address, IPAddress.Any, port);
                return;
            }
        }
    }

    // The name localhost leads to both families. Where the gateway has only one of them, the other may be another program's.
    private void LookAtTheOtherFamily()
    {
        foreach (var endpoint in served.Keys.ToArray())
        {
            var other = endpoint.Address.Equals(IPAddress.Any) || endpoint.Address.Equals(IPAddress.Loopback) ? IPAddress.IPv6Loopback
                : endpoint.Address.Equals(IPAddress.IPv6Loopback) ? IPAddress.Loopback
                : null;
            if (endpoint.Port != 0 && other is not null && !IsServed(other, endpoint.Port)
                && FailureAt(new(other, endpoint.Port)) is { SocketErrorCode: SocketError.AddressAlreadyInUse })
            {
                foreign.Add(new(other, endpoint.Port));
            }
        }
    }

    private bool IsServed(IPAddress loopback, int port) =>
        served.ContainsKey(new(loopback, port))
        || served.ContainsKey(new(IPAddress.IPv6Any, port))
        || (loopback.Equals(IPAddress.Loopback) && served.ContainsKey(new(IPAddress.Any, port)));

    private static string WarningOf(IPEndPoint other)
    {
        if (!IPAddress.IsLoopback(other.Address))
        {
            return $"another program listens on {other}. Whoever opens that address sees that program instead of this gateway";
        }

        var own = other.AddressFamily == AddressFamily.InterNetworkV6 ? "127.0.0.1" : "[::1]";
        return string.Create(CultureInfo.InvariantCulture,
            $"another program listens on {other}. Whoever opens http://localhost:{other.Port} may see that program instead of this gateway. "
            + $"Open http://{own}:{other.Port}, or choose another port with --port");
    }

    private void Add(BindingAddress address, IPAddress ip, int port)
    {
        urls.Add(UrlOf(address, ip, port));
        served.Add(new(ip, port), UrlOf(address, ip, port));
    }

    private static string UrlOf(BindingAddress address, IPAddress ip, int port) => $"{address.Scheme}://{new IPEndPoint(ip, port)}{address.PathBase}";

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

    private void Bind(IPAddress ip, int port, string shown)
    {
        switch (FailureAt(new(ip, port)))
        {
            case null:
                return;
            case { SocketErrorCode: SocketError.AddressAlreadyInUse }:
                throw InUse(shown);
            case { } failure:
                throw new StartRefusedException($"Cannot listen on {shown}: {failure.Message}.");
        }
    }

    private SocketException? FailureAt(IPEndPoint endpoint)
    {
        try
        {
            using var socket = endpoint.Address.Equals(IPAddress.IPv6Any) && served.ContainsKey(new(IPAddress.Any, endpoint.Port))
                ? ListenPlan.BindIPv6Only(endpoint)
                : SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            return null;
        }
        catch (SocketException failure)
        {
            return failure;
        }
    }
}
