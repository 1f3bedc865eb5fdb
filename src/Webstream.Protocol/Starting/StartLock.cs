namespace Webstream.Protocol;

/// <summary>
/// The lock that a gateway holds from its start to its end: an open file, which the system unlocks however the process ends. The lock tells
/// a starter that a gateway runs already, and which gateway may get the key. Taking and checking are both here, because they must agree.
/// </summary>
public static class StartLock
{
    private const int SharingViolation = unchecked((int)0x80070020);

    // EWOULDBLOCK: on Unix the attempt to lock the file does not wait.
    private const int LockedOnLinux = 11;
    private const int LockedOnApple = 35;

    /// <summary>Takes the lock.</summary>
    /// <param name="path">The file. It is created if it is missing, for this user alone. A link is not followed.</param>
    /// <returns>An object that holds the lock until it is disposed or the process ends; null when another process has the lock.</returns>
    /// <exception cref="IOException">The lock cannot be taken.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not open the file.</exception>
    public static IDisposable? TryTake(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        RefuseLink(path);
        try
        {
            return new FileStream(path, options);
        }
        catch (IOException failure) when (IsLocked(failure))
        {
            return null;
        }
    }

    /// <summary>Whether a process holds the lock. Two processes may check at the same time.</summary>
    public static bool IsHeld(string path)
    {
        try
        {
            RefuseLink(path);
            using var look = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (IOException failure)
        {
            return IsLocked(failure);
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool IsLocked(IOException failure) =>
        failure.HResult == (OperatingSystem.IsWindows() ? SharingViolation : OperatingSystem.IsLinux() ? LockedOnLinux : LockedOnApple);

    private static void RefuseLink(string path)
    {
        if (new FileInfo(path).LinkTarget is { } target)
        {
            throw new IOException($"{path} is a link to {target}.");
        }
    }
}
