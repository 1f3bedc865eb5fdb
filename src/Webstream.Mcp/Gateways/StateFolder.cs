using System.Globalization;
using Webstream.Protocol;

namespace Webstream.Mcp.Gateways;

/// <summary>
/// The user's folder for what started gateways leave: a lock and a log for each port. Where there is none to be had, gateways start without:
/// of two that start at once one then finds its port taken and ends.
/// </summary>
internal sealed class StateFolder
{
    private const string LockEnd = ".lock";
    private const string Start = "gateway-";
    private const UnixFileMode Owners = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OthersMayWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    private readonly string? folder;
    private readonly bool isOwn;

    /// <param name="chosen">The folder; none: the system's place for such things.</param>
    public StateFolder(string? chosen)
    {
        // Of a folder that somebody chose on Windows it is not known who else may write to it.
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

    /// <summary>The log of the gateway on a port.</summary>
    public string? LogOf(int port) => PathOf(port, ".log");

    /// <summary>The lock that it holds.</summary>
    public string? LockOf(int port) => PathOf(port, LockEnd);

    /// <summary>Whether there is a gateway that an assistant has started on a port, or one that is about to be there.</summary>
    public bool IsHeld(int port) => LockOf(port) is { } path && StartLock.IsHeld(path);

    /// <summary>Whether that assistant was this user's for certain: nobody else may write to the folder.</summary>
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
            // Their lock would pass for that of this user's gateway, which gets the key.
            throw new IOException($"others may write to {real.FullName}. Set WEBSTREAM_STATE_DIR to a folder of this user alone, or take that right from them: chmod go-w {real.FullName}");
        }

        // Who may not write here, such as on a disk for reading alone, has no use for it.
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
