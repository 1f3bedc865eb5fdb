using System.Globalization;

namespace Webstream.Mcp.Gateways;

/// <summary>
/// The user's folder for what started gateways leave: a lock and a log for each port. Where there is none to be had, gateways start without:
/// of two that start at once one then finds its port taken and ends.
/// </summary>
internal sealed class StateFolder
{
    private const string LockEnd = ".lock";
    private const string Start = "gateway-";

    private readonly string? folder;

    /// <param name="chosen">The folder; none: the system's place for such things.</param>
    public StateFolder(string? chosen)
    {
        try
        {
            if ((chosen ?? Usual()) is { } path)
            {
                folder = OperatingSystem.IsWindows()
                    ? Directory.CreateDirectory(path).FullName
                    : Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            folder = null;
        }
    }

    /// <summary>Where the log of the gateway on a port is written.</summary>
    public string? LogOf(int port) => PathOf(port, ".log");

    /// <summary>The ports on which gateways were started before.</summary>
    public IEnumerable<int> Ports => folder is null ? [] : Directory.EnumerateFiles(folder, $"{Start}*{LockEnd}")
        .Select(path => Path.GetFileName(path)[Start.Length..^LockEnd.Length])
        .Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : 0)
        .Where(port => port is > 0 and <= 65535);

    /// <summary>Takes the right to start the gateway on a port.</summary>
    /// <returns>The lock; none when another process holds it.</returns>
    public StartLock? TryLock(int port)
    {
        try
        {
            return new(PathOf(port, LockEnd) is { } path ? File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None) : null);
        }
        catch (UnauthorizedAccessException)
        {
            return new(null);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>
    /// Whether a gateway that this user's assistant started has the port: it holds the lock for as long as it lives, in a folder that is
    /// this user's alone.
    /// </summary>
    public bool IsHeld(int port)
    {
        if (OperatingSystem.IsWindows() || !File.Exists(PathOf(port, LockEnd)))
        {
            return false;
        }

        using var free = TryLock(port);
        return free is null;
    }

    private string? PathOf(int port, string end) =>
        folder is null ? null : Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Start}{port}{end}"));

    private static string? Usual()
    {
        if (OperatingSystem.IsWindows())
        {
            return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "Webstream");
        }

        if (Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } state && Path.IsPathFullyQualified(state))
        {
            return Path.Combine(state, "webstream");
        }

        return Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home && Path.IsPathFullyQualified(home)
            ? Path.Combine(home, ".local", "state", "webstream")
            : null;
    }
}
