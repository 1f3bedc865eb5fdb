using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Webstream.Gateway.Addresses;

/// <summary>The proxies of <c>Webstream__TrustedProxies</c>, whose headers say who calls, and by which address.</summary>
internal static class TrustedProxies
{
    private const string Setting = "Webstream__TrustedProxies";
    private const string Example = "10.0.0.5,172.16.0.0/12";

    /// <summary>Reads the setting.</summary>
    /// <exception cref="FormatException">An entry is no address and no network. The text says what to write instead.</exception>
    public static IReadOnlyList<IPNetwork> Read(string list) => [.. ListedSettings.Split(list).Select(ReadOne)];

    /// <summary>Whether an address is one of a proxy.</summary>
    public static bool Has(this IReadOnlyList<IPNetwork> proxies, IPAddress? address)
    {
        foreach (var proxy in proxies)
        {
            if (address is not null && proxy.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    private static IPNetwork ReadOne(string entry)
    {
        ListedSettings.RefuseOtherSeparators(Setting, entry);
        var slash = entry.IndexOf('/', StringComparison.Ordinal);
        var literal = (slash < 0 ? entry : entry[..slash]).Trim('[', ']');
        if (!HostName.TryRead(literal, out var name) || !IPAddress.TryParse(name, out var address))
        {
            throw new FormatException(
                $"{Setting} has '{entry}', which is not an address or a network. Write addresses and networks of proxies, without ports: {ExampleFor(literal)}.");
        }

        var isMapped = IPAddress.Parse(literal).IsIPv4MappedToIPv6;
        var bits = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        if (slash < 0)
        {
            return new(address, bits);
        }

        if (!byte.TryParse(entry.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length) || (isMapped && (length -= 96) > bits) || length > bits)
        {
            throw new FormatException($"{Setting} has '{entry}'. The length of a network is a number from 0 to {(isMapped ? 128 : bits)}: {address}/{bits}.");
        }

        var first = FirstOf(address, length);
        return first.Equals(address)
            ? new(address, length)
            : throw new FormatException($"{Setting} has '{entry}', which begins within a network. Write {first}/{length} for the network, or {address} for the one proxy.");
    }

    private static IPAddress FirstOf(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            var kept = Math.Clamp(length - (8 * i), 0, 8);
            bytes[i] &= (byte)(0xff << (8 - kept));
        }

        return new(bytes);
    }

    private static string ExampleFor(string literal) => literal.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? "127.0.0.1,::1"
        : WebOrigin.TrySplit(literal, out var host, out var port) && port is not null && IPAddress.TryParse(host.Trim('[', ']'), out _) ? host.Trim('[', ']')
        : Example;
}

/// <summary>Accepts a list of addresses and networks, also an empty one.</summary>
internal sealed class TrustedProxiesAttribute : ReadableAttribute
{
    protected override void Read(string text) => TrustedProxies.Read(text);
}
