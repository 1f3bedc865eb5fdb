namespace Webstream.ServiceDefaults.State;

/// <summary>
/// The folder for what outlives a process: histories, and the locks and logs of gateways that an assistant started. One rule for all programs,
/// so that they find each other's files. <c>webstream-mcp</c> compiles this file too.
/// </summary>
public static class StateFolder
{
    /// <summary>The variable by which a person chooses the folder.</summary>
    public const string Variable = "WEBSTREAM_STATE_DIR";

    private const UnixFileMode Owners = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>The system's usual place for such files, for this user.</summary>
    /// <returns>Null when the user has no home folder.</returns>
    public static string? Usual()
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

    /// <summary>Makes the folder if it is missing, for this user alone, and tries to write there.</summary>
    /// <returns>Its full path.</returns>
    /// <exception cref="IOException">The folder cannot be made or written.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write there.</exception>
    public static string Make(string path)
    {
        var made = OperatingSystem.IsWindows() ? Directory.CreateDirectory(path) : Directory.CreateDirectory(path, Owners);
        // A user who may not write here, for example on a read-only disk, has no use for the folder. The name is new: two may try at once.
        using var test = new FileStream(
            Path.Combine(made.FullName, $"test-{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        return made.FullName;
    }

    /// <summary>
    /// Refuses a folder that other users may write to: what they put there would pass for this user's. On Windows it is not known who may.
    /// </summary>
    /// <exception cref="IOException">Others may write to it.</exception>
    public static void RefuseOthers(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var folder = new DirectoryInfo(path);
        var real = folder.ResolveLinkTarget(returnFinalTarget: true) ?? folder;
        if ((real.UnixFileMode & OthersWrite) != 0)
        {
            throw new IOException(
                $"others may write to {real.FullName}. Set {Variable} to a folder of this user alone, or take that right from them: chmod go-w {real.FullName}");
        }
    }
}
