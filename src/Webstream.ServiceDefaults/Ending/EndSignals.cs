using System.Runtime.InteropServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Webstream.ServiceDefaults.Ending;

/// <summary>
/// The signals that ask the process to end, from the beginning of its start. The host alone would hear them only when it starts its services, and
/// these would then log, with traces, in the middle of what they were stopped. Nothing is lost by such an end, and nobody could mend it.
/// </summary>
public sealed class EndSignals : IHostLifetime, IDisposable
{
    private readonly Lock gate = new();
    private readonly CancellationTokenSource duringStart = new();
    private readonly QuietLog log = new();
    private readonly PosixSignalRegistration[] registrations;
    private IHostApplicationLifetime? lifetime;
    private bool hasStarted;
    private volatile bool endedStart;

    /// <summary>Hears the signals until it is disposed.</summary>
    public EndSignals() => registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Take),
        PosixSignalRegistration.Create(PosixSignal.SIGINT, Take),
        PosixSignalRegistration.Create(PosixSignal.SIGQUIT, Take),
    ];

    /// <summary>Cancelled by a signal that comes before the process is up.</summary>
    public CancellationToken DuringStart => duringStart.Token;

    /// <summary>Whether a signal came before the process was up.</summary>
    public bool EndedStart => endedStart;

    /// <summary>Makes the host leave the signals to this object.</summary>
    public void AddTo(IServiceCollection services)
    {
        services.AddSingleton<IHostLifetime>(this);
        services.AddSingleton<IOptionsChangeTokenSource<LoggerFilterOptions>>(log);
        services.AddSingleton<IPostConfigureOptions<LoggerFilterOptions>>(log);
    }

    /// <summary>Starts the process. A signal that comes meanwhile stops what has been started, and nothing of that is logged.</summary>
    /// <param name="host">The process.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="Exception">A signal came (<see cref="EndedStart"/>), or the process cannot start.</exception>
    public async Task StartAsync(IHost host, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            ThrowIfEnded();
            lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
        }

        try
        {
            await host.StartAsync(cancellationToken);
            lock (gate)
            {
                ThrowIfEnded();
                hasStarted = true;
            }
        }
        catch (Exception)
        {
            // What has been started would log, with traces, in the middle of what it was stopped. The failure itself says what is wrong.
            log.Silence();
            // In order, as far as it has come: a silo that has joined its cluster leaves it.
            await host.StopAsync(CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Leaves the signals to the system again.</summary>
    public void Dispose()
    {
        foreach (var registration in registrations)
        {
            registration.Dispose();
        }

        duringStart.Dispose();
        log.Dispose();
    }

    private void Take(PosixSignalContext signal)
    {
        signal.Cancel = true;
        IHostApplicationLifetime? running;
        lock (gate)
        {
            running = lifetime;
            endedStart = !hasStarted;
        }

        if (endedStart)
        {
            log.Silence();
            duringStart.Cancel();
        }

        running?.StopApplication();
    }

    private void ThrowIfEnded()
    {
        if (endedStart)
        {
            throw new OperationCanceledException();
        }
    }
}
