using System.Globalization;

namespace Webstream.Grains.Hosting;

/// <summary>How many files, sockets among them, this process has open and may have open. The runtime raises the soft limit to the hard one by itself.</summary>
public static class OpenFiles
{
    private const string Limits = "/proc/self/limits";
    private const string Descriptors = "/proc/self/fd";

    /// <summary>How many it may have open; null where that is not limited, or not known.</summary>
    public static int? Limit => File.Exists(Limits) ? LimitIn(File.ReadLines(Limits)) : null;

    /// <summary>How many it has open now. The call enumerates all of them.</summary>
    public static int Count() => Directory.Exists(Descriptors) ? Directory.EnumerateFileSystemEntries(Descriptors).Count() : 0;

    /// <summary>Reads <c>/proc/self/limits</c>.</summary>
    internal static int? LimitIn(IEnumerable<string> lines)
    {
        const string Name = "Max open files";
        var soft = lines.FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal))?[Name.Length..]
            .Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        // Null for "unlimited", or for a number that is too large.
        return int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : null;
    }
}
