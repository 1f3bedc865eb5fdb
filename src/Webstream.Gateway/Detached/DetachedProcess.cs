using System.Text;
using Webstream.Protocol;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Gateway.Detached;

/// <summary>
/// The gateway as a process that outlives its starter. It has a session of its own, a lock that tells other programs of it, none of the
/// starter's streams, and its console's output in a file. Until the gateway is up, it keeps copies of the starter's output and error
/// streams, to tell the starter how the start went.
/// </summary>
internal sealed class DetachedProcess : IDisposable
{
    // A server that checks the lock holds it for a moment.
    private const int LockTries = 10;

    private static readonly TimeSpan PauseBetweenTries = TimeSpan.FromMilliseconds(50);

    private readonly DetachedOptions options;
    private readonly int[] startersStreams;
    private readonly Stream output;
    private readonly Stream errors;
    private IDisposable? held;
    private LogFile? log;
    private bool hasStarter = true;

    public DetachedProcess(DetachedOptions options)
    {
        this.options = options;
        // Before the next two lines: these streams are copies as well, and they carry the last words to the starter.
        startersStreams = OwnSession.StartersStreams();
        output = Console.OpenStandardOutput();
        errors = Console.OpenStandardError();
        SpeakTo(TextWriter.Null);
    }

    /// <summary>Leaves the starter.</summary>
    /// <exception cref="StartRefusedException">The process cannot leave its starter, or another gateway holds the lock.</exception>
    public async Task LeaveAsync(TimeProvider time)
    {
        OwnSession.Begin();
        if (!OperatingSystem.IsWindows())
        {
            using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            OwnSession.Redirect(nothing, startersStreams);
        }

        // Before the log is opened: the log belongs to the gateway that holds the lock.
        await TakeLockAsync(time);
        if (options.Log is { } path)
        {
            log = new(path, LogFile.DefaultMaxBytes, time, OperatingSystem.IsWindows() ? null : ThroughStandardOutput);
            Try(path, log.Begin);
            SpeakTo(log);
        }
    }

    /// <summary>Tells the starter that the gateway answers, and lets go of its streams.</summary>
    public void TellReady() => Tell(output, DetachedStart.Ready);

    /// <summary>Tells the starter why there is no gateway.</summary>
    public void TellRefused(string reason) => Tell(errors, reason);

    public void Dispose()
    {
        LetGo();
        log?.Dispose();
        held?.Dispose();
    }

    // The runtime's output when it ends a process for a failure also goes to the file, after the earlier lines.
    private static Stream ThroughStandardOutput(FileStream file)
    {
        using (file)
        {
            OwnSession.Redirect(file.SafeFileHandle, OwnSession.Output, OwnSession.Error);
        }

        return Console.OpenStandardOutput();
    }

    // One writer for both: what it writes through locks Console.Out, which must not be another lock than its own.
    private static void SpeakTo(TextWriter writer)
    {
        var one = TextWriter.Synchronized(writer);
        Console.SetOut(one);
        Console.SetError(one);
    }

    private static void Try(string path, Action take)
    {
        try
        {
            take();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new StartRefusedException($"{path} cannot be written: {failure.Message}");
        }
    }

    private async Task TakeLockAsync(TimeProvider time)
    {
        if (options.Lock is not { } path)
        {
            return;
        }

        for (var tries = 1; held is null; tries++)
        {
            Try(path, () => held = StartLock.TryTake(path));
            if (held is null && tries == LockTries)
            {
                throw new StartRefusedException($"Another gateway holds the lock {path}: it runs, or starts.", ExitCode.LockHeld);
            }

            if (held is null)
            {
                await Task.Delay(PauseBetweenTries, time);
            }
        }
    }

    private void Tell(Stream stream, string line)
    {
        if (!hasStarter)
        {
            return;
        }

        try
        {
            stream.Write(Encoding.UTF8.GetBytes($"{line}\n"));
        }
        catch (IOException)
        {
            // The starter has ended.
        }

        LetGo();
    }

    private void LetGo()
    {
        hasStarter = false;
        output.Dispose();
        errors.Dispose();
    }
}
