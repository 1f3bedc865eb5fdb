using System.Net;
using System.Net.Sockets;

namespace Webstream.Bench;

/// <summary>The server under load. Only plain HTTP on an IPv4 loopback address, because this tool must never run against a network.</summary>
/// <param name="EndPoint">Where to connect.</param>
/// <param name="Host">The value of the <c>Host</c> header.</param>
internal sealed record Target(IPEndPoint EndPoint, string Host)
{
    public static Target Parse(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttp)
        {
            throw new UsageException($"--url {url}: expected something like http://127.0.0.1:8000");
        }

        return new Target(new IPEndPoint(ParseLoopback(uri.Host, "--url"), uri.Port), uri.Authority);
    }

    public static IPAddress ParseLoopback(string host, string option)
    {
        if (host == "localhost")
        {
            return IPAddress.Loopback;
        }

        return IPAddress.TryParse(host, out var address)
            && address.AddressFamily == AddressFamily.InterNetwork
            && IPAddress.IsLoopback(address)
                ? address
                : throw new UsageException($"{option} {host}: only localhost and 127.x.x.x are allowed");
    }
}
