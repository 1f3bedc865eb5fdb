using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Webstream.Mcp.Gateways;

/// <summary>Who can reach a gateway that listens at an address.</summary>
internal enum Reach
{
    /// <summary>Programs of this machine.</summary>
    ThisMachine,

    /// <summary>Programs that reach the machine by one of its addresses.</summary>
    OneAddress,

    /// <summary>Programs that reach the machine by any of its addresses.</summary>
    Everywhere,
}

/// <summary>An address to listen at.</summary>
/// <param name="Text">The address, in the form that the gateway takes.</param>
/// <param name="Reach">Who can reach it.</param>
internal sealed record ListenHost(string Text, Reach Reach)
{
    /// <summary>Parses <c>localhost</c> or a literal address. It takes no names, because a name could point to any machine.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ListenHost? host)
    {
        host = null;
        text = text.Trim();
        if (text is "*" or "+")
        {
            host = new("0.0.0.0", Reach.Everywhere);
        }
        else if (text.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            host = new("localhost", Reach.ThisMachine);
        }
        else if (IPAddress.TryParse(text.Trim('[', ']'), out var address)
            // The parser takes "8000" and "0x7f.1" for addresses too.
            && (address.AddressFamily != AddressFamily.InterNetwork || address.ToString() == text))
        {
            var reach = IPAddress.IsLoopback(address) ? Reach.ThisMachine
                : address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) ? Reach.Everywhere
                : Reach.OneAddress;
            host = new(address.ToString(), reach);
        }

        return host is not null;
    }

    /// <summary>The addresses at which a gateway on this port listens: always also at loopback, where this program looks for it.</summary>
    public string Urls(int port)
    {
        var literal = Text.Contains(':', StringComparison.Ordinal) ? $"[{Text}]" : Text;
        var url = string.Create(CultureInfo.InvariantCulture, $"http://{literal}:{port}");
        return Reach == Reach.Everywhere || Text is "127.0.0.1" or "localhost"
            ? url
            : string.Create(CultureInfo.InvariantCulture, $"{url};http://127.0.0.1:{port}");
    }
}
