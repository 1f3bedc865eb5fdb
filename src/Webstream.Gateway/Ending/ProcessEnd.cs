using Webstream.Protocol;
using Webstream.ServiceDefaults.Ending;

namespace Webstream.Gateway.Ending;

/// <summary>
/// Ends the process when an essential part of it cannot go on: with one line on standard error and an exit code that is not zero, so that its
/// supervisor starts it again. The supervisor would not restart a process that is only half alive.
/// </summary>
internal sealed class ProcessEnd : IDisposable
{
    private readonly Action stop;
    private readonly Action kill;
    private readonly TextWriter errors;
    private readonly TimeSpan patience;
    private readonly ManualResetEventSlim over = new();
    private int failed;

    /// <param name="lifetime">The process, asked for an orderly end.</param>
    /// <param name="patience">How long that may take.</param>
    public ProcessEnd(IHostApplicationLifetime lifetime, TimeSpan patience)
        : this(lifetime.StopApplication, EndDeadline.KillSelf, Console.Error, patience)
    {
    }

    /// <summary>For tests: with other ways to end.</summary>
    /// <param name="stop">Asks for an orderly end.</param>
    /// <param name="kill">Ends the process at once, when an orderly end takes too long.</param>
    /// <param name="errors">Where the line goes.</param>
    /// <param name="patience">How long an orderly end may take.</param>
    internal ProcessEnd(Action stop, Action kill, TextWriter errors, TimeSpan patience) =>
        (this.stop, this.kill, this.errors, this.patience) = (stop, kill, errors, patience);

    /// <summary>The exit code of the process.</summary>
    public ExitCode ExitCode => Volatile.Read(ref failed) == 0 ? ExitCode.Ended : ExitCode.Failed;

    /// <summary>Ends the process. Parts that still work end in order: listeners are told when to come back, pushes are answered.</summary>
    /// <param name="reason">One line for a person: what cannot go on, and why.</param>
    public void Fail(string reason)
    {
        if (Interlocked.Exchange(ref failed, 1) != 0)
        {
            return;
        }

        try
        {
            errors.WriteLine($"webstream-gateway: {reason} The process ends, so that it is started again.");
            errors.Flush();
            // A thread of its own, because the other threads may wait for anything.
            new Thread(Watch) { IsBackground = true, Name = "End" }.Start();
            ThreadPool.UnsafeQueueUserWorkItem(static stop => stop(), stop, preferLocal: false);
        }
        catch (Exception)
        {
            // No memory is left even for a thread or a line.
            kill();
        }
    }

    /// <summary>All parts of the process have ended.</summary>
    public void Over() => over.Set();

    /// <summary>The process's last part to be ended; a thread that still watches need not any more.</summary>
    public void Dispose() => over.Set();

    private void Watch()
    {
        if (!over.Wait(patience))
        {
            kill();
        }
    }
}
