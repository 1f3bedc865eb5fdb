using System.Globalization;
using Webstream.Protocol;

namespace Webstream.Mcp.Gateways;

/// <summary>
/// The user's folder for the files of started gateways: a lock and a log for each port. Where no folder is available, gateways start without
/// these files. Of two gateways that start at once, one then finds its port taken and ends.
/// </summary>
internal sealed class StateFolder
{
    private const string LockEnd = ".lock";
    private const string Start = "gateway-";
    private const UnixFileMode Owners = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OthersMayWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    private readonly string? folder;
    private readonly bool isOwn;

    /// <param name="chosen">The folder; null: the system's usual place for such files.</param>
    public StateFolder(string? chosen)
    {
        // On Windows it is not known who else may write to a folder that a person chose.
        isOwn = !OperatingSystem.IsWindows() || chosen is null;
        try
        {
            folder = (chosen ?? Usual()) is { } path ? Make(path) : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Problem = $"Gateways are started without a log and a lock: {failure.Message}";
        }
    }

    /// <summary>Why there is no folder, though one was wanted.</summary>
    public string? Problem { get; }

    /// <summary>The ports on which gateways were started before.</summary>
    public IEnumerable<int> Ports => folder is null ? [] : Directory.EnumerateFiles(folder, $"{Start}*{LockEnd}")
        .Select(path => Path.GetFileName(path)[Start.Length..^LockEnd.Length])
        .Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : 0)
        .Where(port => port is > 0 and <= 65535);

    /// <summary>The log file of the gateway on a port.</summary>
    public string? LogOf(int port) => PathOf(port, ".log");

    /// <summary>The lock file of the gateway on a port.</summary>
    public string? LockOf(int port) => PathOf(port, LockEnd);

    /// <summary>Whether a gateway that an assistant started runs on a port, or is about to.</summary>
    public bool IsHeld(int port) => LockOf(port) is { } path && StartLock.IsHeld(path);

    /// <summary>Whether that assistant was certainly this user's, because nobody else may write to the folder.</summary>
    public bool IsOwn(int port) => isOwn && IsHeld(port);

    private static string Make(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return Directory.CreateDirectory(path).FullName;
        }

        var made = Directory.CreateDirectory(path, Owners);
        var real = made.ResolveLinkTarget(returnFinalTarget: true) ?? made;
        if ((real.UnixFileMode & OthersMayWrite) != 0)
        {
            // Another user's lock would pass for the lock of this user's gateway, and that gateway gets the key.
            throw new IOException($"others may write to {real.FullName}. Set WEBSTREAM_STATE_DIR to a folder of this user alone, or take that right from them: chmod go-w {real.FullName}");
        }

        // A user who may not write here, for example on a read-only disk, has no use for the folder.
        using var test = new FileStream(
            Path.Combine(made.FullName, $"test-{Environment.ProcessId}"), FileMode.Create, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        return made.FullName;
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
