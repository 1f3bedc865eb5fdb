using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Webstream.Gateway.Addresses;

/// <summary>
/// The name or address of a host in one spelling, so that spellings of the same host are equal: lower case, no dot at the end, international
/// names in ASCII (<c>xn--…</c>), an IPv6 address without brackets, and an IPv4 address in IPv6 as IPv4.
/// </summary>
internal static class HostName
{
    // RFC 1035, section 2.3.4.
    private const int MaxLength = 253;
    private const int MaxLabelLength = 63;

    private static readonly IdnMapping International = new();

    /// <summary>Reads a name, or an address in its usual form: <c>127.1</c> is no address, although some programs take it for one.</summary>
    /// <returns>Whether the text is one.</returns>
    public static bool TryRead(string text, out string name)
    {
        if (TryReadAddress(text, out var address))
        {
            name = PlainAddress.Of(address)!.ToString();
            return address.AddressFamily == AddressFamily.InterNetworkV6 || address.ToString() == text;
        }

        name = InAscii(text.ToLowerInvariant());
        if (name.EndsWith('.'))
        {
            name = name[..^1];
        }

        var labels = name.Split('.');
        // A name whose last label is a number is a wrong address: https://url.spec.whatwg.org/#ends-in-a-number-checker.
        return name.Length <= MaxLength && Array.TrueForAll(labels, IsLabel) && !labels[^1].All(char.IsAsciiDigit);
    }

    /// <summary>Whether a text is an address, in any form that a program might send.</summary>
    public static bool IsAddress(string text) => TryReadAddress(text, out _);

    // The framework's parser also takes a port after brackets.
    private static bool TryReadAddress(string text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        var bare = text.StartsWith('[') && text.EndsWith(']') ? text[1..^1] : text;
        return !bare.Contains('[', StringComparison.Ordinal) && IPAddress.TryParse(bare, out address);
    }

    private static string InAscii(string name)
    {
        if (Ascii.IsValid(name))
        {
            return name;
        }

        // Characters that nobody sees, or that turn the direction of writing, make one name look like another.
        if (name.Any(c => char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.Control))
        {
            return name;
        }

        try
        {
            return International.GetAscii(name);
        }
        catch (ArgumentException)
        {
            // No name of the DNS: it stays as it is, and has characters that no label has.
            return name;
        }
    }

    // Names of containers and of Windows machines have underscores.
    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= MaxLabelLength && label[0] != '-' && label[^1] != '-' && label.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_');
}
