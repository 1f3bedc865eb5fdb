using System.Globalization;
using Webstream.Protocol;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Grains.Hosting;

/// <summary>
/// The lock of a history on disk: a file beside the database, held until the database is closed for good. It is never the database itself: on
/// POSIX a process loses all its locks on a file when it closes any handle of it, and SQLite has locks of its own there.
/// </summary>
/// <param name="path">The database.</param>
/// <param name="time">The clock.</param>
public sealed class HistoryLock(string path, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(50);

    private readonly Lock gate = new();
    private IDisposable? held;

    /// <summary>The lock file of a database.</summary>
    public static string FileOf(string path) => $"{path}.lock";

    /// <summary>Whether this user may write the files of a database, as far as that shows without opening the database.</summary>
    /// <exception cref="IOException">One of them cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not.</exception>
    public static void TryFile(string path)
    {
        var file = FileOf(path);
        if (new FileInfo(path).LinkTarget is { } target)
        {
            throw new IOException($"{path} is a link to {target}");
        }

        // Who may write the lock may write the database: one process makes both.
        if (File.Exists(file) && !StartLock.IsHeld(file))
        {
            using var lockFile = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        }

        if (File.Exists(path) && File.GetAttributes(path).HasFlag(FileAttributes.ReadOnly))
        {
            throw new UnauthorizedAccessException($"{path} is read-only");
        }
    }

    /// <summary>Takes the lock, or waits until another process has let go of it.</summary>
    /// <param name="patience">How long: as long as the end of that process may take.</param>
    /// <param name="say">Gets one line, if there is a wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="StartRefusedException">The other process still has it, with <see cref="ExitCode.InUse"/>; or it cannot be taken.</exception>
    public async Task TakeAsync(TimeSpan patience, Action<string> say, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        for (var said = false; !TryTake();)
        {
            if (time.GetElapsedTime(began) >= patience)
            {
                throw InUse(patience);
            }

            if (!said)
            {
                say($"Waiting for the history {path}: another process has it, and may be ending.");
                said = true;
            }

            await Task.Delay(BetweenTries, time, cancellationToken);
        }
    }

    /// <summary>Takes the lock, unless this object has it.</summary>
    /// <returns>False when another process has it.</returns>
    /// <exception cref="StartRefusedException">It cannot be taken.</exception>
    public bool TryTake()
    {
        lock (gate)
        {
            try
            {
                return (held ??= StartLock.TryTake(FileOf(path))) is not null;
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                throw new StartRefusedException($"The lock of the history, {FileOf(path)}, cannot be taken: {failure.Message}");
            }
        }
    }

    /// <summary>Takes the lock without a wait, unless this object has it.</summary>
    /// <exception cref="StartRefusedException">Another process has it, with <see cref="ExitCode.InUse"/>; or it cannot be taken.</exception>
    public void Take()
    {
        if (!TryTake())
        {
            throw InUse(TimeSpan.Zero);
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            held?.Dispose();
            held = null;
        }
    }

    private StartRefusedException InUse(TimeSpan waited) => new(
        string.Create(CultureInfo.InvariantCulture, $"{DetachedStart.HistoryInUse}: another process has {path}{(waited > TimeSpan.Zero ? $", and has not ended within {waited.TotalSeconds:0.#} seconds" : "")}. ")
        + "End that process, or name another file with Webstream__Log__Path.",
        ExitCode.InUse);
}
