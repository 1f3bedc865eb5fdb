using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Webstream.Grains.History.Redis;

/// <summary>
/// Measures the clock of Redis now and then, and logs one line when this machine's clock begins to differ from it, and one when it no longer
/// does. What differs at the start was said there.
/// </summary>
internal sealed partial class RedisClockWatch(RedisLink link, RedisClock clock, TimeProvider time, ILogger<RedisClockWatch> logger) : BackgroundService
{
    internal static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private bool? differs;

    /// <summary>Measures once.</summary>
    internal async Task MeasureAsync()
    {
        TimeSpan ahead;
        try
        {
            ahead = await link.AskAsync(clock.MeasureAsync);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // Not only that Redis is away: a connection that ends makes the library throw all kinds. The clock goes on by itself meanwhile, and a
            // service that throws would end the silo.
            LogNotMeasured(logger, failure);
            return;
        }

        var now = ahead.Duration() >= RedisClock.Tolerance;
        if (now && differs is false && logger.IsEnabled(LogLevel.Warning))
        {
            LogDiffers(logger, RedisClock.Describe(ahead));
        }
        else if (!now && differs is true)
        {
            LogAgrees(logger);
        }

        differs = now;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        do
        {
            await MeasureAsync();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(1, LogLevel.Warning, "{Difference}")]
    private static partial void LogDiffers(ILogger logger, string difference);

    [LoggerMessage(3, LogLevel.Debug, "Redis did not tell the time")]
    private static partial void LogNotMeasured(ILogger logger, Exception failure);

    [LoggerMessage(2, LogLevel.Information, "The clock of this machine agrees with the clock of Redis again")]
    private static partial void LogAgrees(ILogger logger);
}
