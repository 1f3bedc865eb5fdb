using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Hosting;

namespace Webstream.ServiceDefaults.Ending;

/// <summary>
/// Ends the process when its orderly shutdown takes too long. A silo writes to Redis that it leaves, and retries for two minutes while Redis
/// is away. By then the supervisor that asked the process to end has given up.
/// </summary>
public sealed class EndDeadline : IDisposable
{
    private readonly string program;
    private readonly Action<string> say;
    private readonly Action kill;
    private readonly TimeProvider time;
    private CancellationTokenRegistration asked;
    private ITimer? timer;

    /// <summary>A deadline that starts when the process watched by <see cref="Watch"/> is asked to end. Disposing stops it.</summary>
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

    /// <summary>The timeout: less than the 30 s after which containers are killed, and more than the orderly shutdown of a silo takes.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(20);

    /// <summary>Starts the deadline when the process is asked to end.</summary>
    /// <param name="lifetime">The process's lifetime.</param>
    /// <param name="patience">How long the shutdown may take.</param>
    public void Watch(IHostApplicationLifetime lifetime, TimeSpan patience) => asked = lifetime.ApplicationStopping.Register(
        () => timer = time.CreateTimer(_ => End(patience), null, patience, Timeout.InfiniteTimeSpan));

    /// <summary>Stops the deadline: the process has ended in order.</summary>
    public void Dispose()
    {
        asked.Dispose();
        timer?.Dispose();
    }

    /// <summary>Ends this process at once, without a shutdown.</summary>
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
