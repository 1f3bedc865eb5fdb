using System.Globalization;

namespace Webstream.Mcp.Gateways;

/// <summary>Finds the program that listens on a port: only on Linux, and only among the user's own programs.</summary>
internal static class PortOwner
{
    private const string Listening = "0A";

    private static readonly string[] Tables = ["/proc/net/tcp", "/proc/net/tcp6"];

    /// <summary>The program's name and process id; null when it is not known.</summary>
    public static string? Of(int port)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        try
        {
            var sockets = Inodes(port).Select(inode => $"socket:[{inode}]").ToHashSet();
            return sockets.Count == 0 ? null : Directory.EnumerateDirectories("/proc").Select(folder => Holder(folder, sockets)).FirstOrDefault(name => name is not null);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? Holder(string process, HashSet<string> sockets)
    {
        if (!int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
        {
            return null;
        }

        try
        {
            return Directory.EnumerateFiles(Path.Combine(process, "fd")).Any(file => new FileInfo(file).LinkTarget is { } target && sockets.Contains(target))
                ? $"{File.ReadAllText(Path.Combine(process, "comm")).Trim()}, process {id}"
                : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The process belongs to another user, or has just ended.
            return null;
        }
    }

    // "sl local_address rem_address st … inode": the address ends with the port in hexadecimal.
    private static IEnumerable<string> Inodes(int port)
    {
        var end = $":{port:X4}";
        return Tables
            .Where(File.Exists)
            .SelectMany(File.ReadLines)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length > 9 && fields[1].EndsWith(end, StringComparison.Ordinal) && fields[3] == Listening)
            .Select(fields => fields[9]);
    }
}
