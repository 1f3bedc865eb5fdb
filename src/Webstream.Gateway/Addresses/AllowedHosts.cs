using System.Collections.Frozen;

namespace Webstream.Gateway.Addresses;

/// <summary>The names of <c>Webstream__AllowedHosts</c>.</summary>
internal static class AllowedHosts
{
    private const string Setting = "Webstream__AllowedHosts";
    private const string Example = "stream.example.org";

    /// <summary>Reads the setting.</summary>
    /// <exception cref="FormatException">An entry is no name. The text says what to write instead.</exception>
    public static FrozenSet<string> Read(string list) => ListedSettings.Split(list).Select(ReadOne).ToFrozenSet(StringComparer.Ordinal);

    private static string ReadOne(string entry)
    {
        ListedSettings.RefuseOtherSeparators(Setting, entry);
        if (entry.Contains('*', StringComparison.Ordinal))
        {
            throw new FormatException(
                $"{Setting} has '{entry}', and takes no patterns: a page by any other name could write. Write every name: {Example},www.example.org.");
        }

        return HostName.TryRead(entry, out var name)
            ? name
            : throw new FormatException(
                $"{Setting} has '{entry}', which is not a name. Write the name alone, without scheme, port and path: {NameIn(entry)}.");
    }

    // What the person most likely meant.
    private static string NameIn(string entry)
    {
        var scheme = entry.IndexOf("://", StringComparison.Ordinal);
        var authority = (scheme < 0 ? entry : entry[(scheme + 3)..]).Split('/', '?', '#')[0].TrimStart('.');
        return WebOrigin.TrySplit(authority, out var host, out _) && HostName.TryRead(host, out var name) ? name : Example;
    }
}

/// <summary>Accepts a list of names, also an empty one.</summary>
internal sealed class AllowedHostsAttribute : ReadableAttribute
{
    protected override void Read(string text) => AllowedHosts.Read(text);
}
