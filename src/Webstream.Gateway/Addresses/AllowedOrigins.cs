using System.Collections.Frozen;

namespace Webstream.Gateway.Addresses;

/// <summary>The origins of <c>Webstream__AllowedOrigins</c>.</summary>
internal static class AllowedOrigins
{
    private const string Setting = "Webstream__AllowedOrigins";
    private const string Example = "https://app.example.org";

    // Pages never come from these: browsers name another origin for them, or none.
    private static readonly FrozenSet<string> NoSchemes =
        FrozenSet.ToFrozenSet(["ws", "wss", "ftp", "file", "data", "blob", "about", "javascript", "unix", "tcp"]);

    /// <summary>Reads the setting.</summary>
    /// <exception cref="FormatException">An entry is no origin. The text says what to write instead.</exception>
    public static FrozenSet<WebOrigin> Read(string list) => ListedSettings.Split(list).Select(ReadOne).ToFrozenSet();

    private static WebOrigin ReadOne(string entry)
    {
        ListedSettings.RefuseOtherSeparators(Setting, entry);
        if (entry.Contains('*', StringComparison.Ordinal))
        {
            throw new FormatException(
                $"{Setting} has '{entry}', and takes no patterns: pages of any other origin could write. Write every origin: {Example},https://www.example.org.");
        }

        if (entry.Trim('/').Equals("null", StringComparison.OrdinalIgnoreCase))
        {
            throw new FormatException(
                $"{Setting} has '{entry}', which is what browsers send for every sandboxed page and every file. Serve the page by a web server, and write its origin: {Example}.");
        }

        // A slash at the end is what remains when an address is copied.
        return WebOrigin.TryParse(entry.EndsWith('/') ? entry[..^1] : entry, out var origin) && !NoSchemes.Contains(origin.Scheme)
            ? origin
            : throw new FormatException(
                $"{Setting} has '{entry}', which is not an origin. Write scheme and name, and the port if it is not the usual one, without a path: {OriginIn(entry)}.");
    }

    // What the person most likely meant.
    private static string OriginIn(string entry)
    {
        var scheme = entry.IndexOf("://", StringComparison.Ordinal);
        var authority = (scheme < 0 ? entry : entry[(scheme + 3)..]).Split('/', '?', '#')[0];
        var meant = $"{(scheme > 0 && entry[..scheme] is "http" or "ws" ? "http" : "https")}://{authority}";
        return WebOrigin.TryParse(meant, out _) ? meant : Example;
    }
}

/// <summary>Accepts a list of origins, also an empty one.</summary>
internal sealed class AllowedOriginsAttribute : ReadableAttribute
{
    protected override void Read(string text) => AllowedOrigins.Read(text);
}
