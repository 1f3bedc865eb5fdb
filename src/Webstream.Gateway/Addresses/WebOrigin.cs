using System.Globalization;
using System.Net;

namespace Webstream.Gateway.Addresses;

/// <summary>An origin: who may call what in a browser is decided by these three together. RFC 6454, section 4.</summary>
/// <param name="Scheme">In lower case.</param>
/// <param name="Host">As <see cref="HostName"/> spells it.</param>
/// <param name="Port">The port, also where the text leaves out the usual one; 0 for a scheme without a usual port.</param>
internal readonly record struct WebOrigin(string Scheme, string Host, int Port)
{
    private const string AfterScheme = "://";

    /// <summary>Whether it is of pages of this machine. Only names that every system looks up here: in a network any machine can be called "loopback".</summary>
    public bool IsThisMachine =>
        Scheme is "http" or "https" && (Host == "localhost" || (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address)));

    /// <summary>Reads an origin as browsers write it: scheme, host and port, and nothing after them.</summary>
    public static bool TryParse(string text, out WebOrigin origin)
    {
        origin = default;
        var end = text.IndexOf(AfterScheme, StringComparison.Ordinal);
        return end > 0 && TryRead(text[..end], text[(end + AfterScheme.Length)..], out origin);
    }

    /// <summary>Makes an origin of a scheme and of what a <c>Host</c> header holds.</summary>
    public static bool TryRead(string scheme, string authority, out WebOrigin origin)
    {
        origin = default;
        scheme = scheme.ToLowerInvariant();
        if (!scheme.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '+' or '-' or '.')
            || !TrySplit(authority, out var host, out var port)
            || !HostName.TryRead(host, out var name))
        {
            return false;
        }

        origin = new(scheme, name, port ?? UsualPort(scheme));
        return true;
    }

    /// <summary>Parts a <c>Host</c> header into the host and, if it has one, the port.</summary>
    public static bool TrySplit(string authority, out string host, out int? port)
    {
        host = authority;
        port = null;
        var colon = authority.LastIndexOf(':');
        if (colon < 0 || authority.EndsWith(']'))
        {
            return true;
        }

        host = authority[..colon];
        if (ushort.TryParse(authority.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
        {
            port = number;
        }

        return port is not null;
    }

    private static int UsualPort(string scheme) => scheme switch { "http" => 80, "https" => 443, _ => 0 };
}
