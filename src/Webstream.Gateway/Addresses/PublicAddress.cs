using System.Globalization;
using System.Net;

namespace Webstream.Gateway.Addresses;

/// <summary>The address that people open: <c>Webstream__PublicUrl</c>.</summary>
/// <param name="Url">The address; its path ends with a slash, so that the paths of requests are below it.</param>
/// <param name="Origin">The origin of the pages that are opened there.</param>
internal sealed record PublicAddress(Uri Url, WebOrigin Origin)
{
    private const string Name = "Webstream__PublicUrl (WEBSTREAM_PUBLIC_URL)";

    /// <summary>The path below which the gateway is reached, without a slash at its end; empty for the root.</summary>
    public string Path => Uri.UnescapeDataString(Url.AbsolutePath).TrimEnd('/');

    /// <summary>As people write it: a path has its slash, because the page works only with it; without a path there is none.</summary>
    public string Text => Url.AbsolutePath == "/" ? Url.AbsoluteUri[..^1] : Url.AbsoluteUri;

    /// <summary>Reads the setting.</summary>
    /// <returns>None when it is empty.</returns>
    /// <exception cref="FormatException">It is no address that a browser can open.</exception>
    public static PublicAddress? Read(string text)
    {
        text = text.Trim();
        if (text.Length == 0)
        {
            return null;
        }

        // Characters that nobody sees: the parser would leave some of them out, and the person would see another address.
        if (text.Any(c => char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.Control)
            || !Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https")
            || url is not { Query: "", Fragment: "", UserInfo: "" }
            || !WebOrigin.TryRead(url.Scheme, url.Authority, out var origin))
        {
            throw new FormatException($"{Name} is an address that people open, for example https://stream.example.org.");
        }

        if (IPAddress.TryParse(origin.Host, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)))
        {
            throw new FormatException($"{Name} is an address that people open. {origin.Host} is one to listen on only: write the machine's name or address.");
        }

        return new(url.AbsolutePath.EndsWith('/') ? url : new Uri(url.AbsoluteUri + "/"), origin);
    }
}

/// <summary>Accepts an address that a browser can open, or an empty text.</summary>
internal sealed class PublicUrlAttribute : ReadableAttribute
{
    protected override void Read(string text) => PublicAddress.Read(text);
}
