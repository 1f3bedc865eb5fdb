using Microsoft.Extensions.Options;

namespace Webstream.Gateway.Idle;

/// <summary>Ends the process when nobody has used it for long. Wakes only when that could be so.</summary>
internal sealed partial class IdleExit(
    IdleClock clock, IOptions<IdleOptions> options, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<IdleExit> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var limit = options.Value.IdleExit;
        if (limit == TimeSpan.Zero)
        {
            return;
        }

        // A gateway that starts slowly is not idle meanwhile.
        await Started(stoppingToken);
        clock.Touch();
        while (limit - clock.Idle is { } left && left > TimeSpan.Zero)
        {
            await Task.Delay(left, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }

        LogIdle(logger, limit);
        lifetime.StopApplication();
    }

    private async Task Started(CancellationToken stoppingToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStarted, stoppingToken);
        await Task.Delay(Timeout.Infinite, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    [LoggerMessage(1, LogLevel.Information, "No listener, no push and no open assistant for {Limit}: the gateway ends")]
    private static partial void LogIdle(ILogger logger, TimeSpan limit);
}
