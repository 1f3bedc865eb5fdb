using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Hosting;

namespace Webstream.ServiceDefaults.Ending;

/// <summary>
/// Ends the process when its orderly end takes too long. A silo says in Redis that it leaves, and tries that for two minutes while Redis is
/// away; by then whoever asked it to end has lost patience.
/// </summary>
public sealed class EndDeadline : IDisposable
{
    private readonly string program;
    private readonly Action<string> say;
    private readonly Action kill;
    private readonly TimeProvider time;
    private CancellationTokenRegistration asked;
    private ITimer? timer;

    /// <summary>A deadline that runs once <see cref="Watch"/> has been told of an end; over when it is disposed.</summary>
    /// <param name="program">The process's name, for the line that it writes.</param>
    public EndDeadline(string program)
        : this(program, line => Console.Error.WriteLine(line), KillSelf, TimeProvider.System)
    {
    }

    /// <summary>For tests: with other ways to end.</summary>
    /// <param name="program">The process's name.</param>
    /// <param name="say">Gets the line.</param>
    /// <param name="kill">Ends the process at once.</param>
    /// <param name="time">The clock.</param>
    internal EndDeadline(string program, Action<string> say, Action kill, TimeProvider time) =>
        (this.program, this.say, this.kill, this.time) = (program, say, kill, time);

    /// <summary>Less than the 30 s after which containers are killed, and more than the orderly end of a silo takes.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(20);

    /// <summary>Waits for the process to be asked to end, and from then on for its end.</summary>
    /// <param name="lifetime">The process's.</param>
    /// <param name="patience">How long the end may take.</param>
    public void Watch(IHostApplicationLifetime lifetime, TimeSpan patience) => asked = lifetime.ApplicationStopping.Register(
        () => timer = time.CreateTimer(_ => End(patience), null, patience, Timeout.InfiniteTimeSpan));

    /// <summary>The process has ended in order.</summary>
    public void Dispose()
    {
        asked.Dispose();
        timer?.Dispose();
    }

    /// <summary>Ends this process at once, without anything in order.</summary>
    public static void KillSelf()
    {
        using var self = Process.GetCurrentProcess();
        self.Kill();
    }

    private void End(TimeSpan patience)
    {
        try
        {
            say(string.Create(
                CultureInfo.InvariantCulture,
                $"{program}: the end took longer than {patience.TotalSeconds:0.#} seconds, most likely because Redis does not answer. The process is killed; the others of its cluster find that out by themselves."));
        }
        finally
        {
            kill();
        }
    }
}
