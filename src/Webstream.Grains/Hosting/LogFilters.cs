using Microsoft.Extensions.Logging;

namespace Webstream.Grains.Hosting;

/// <summary>What the libraries under silos and gateways say without need: again and again while Redis is away or refuses, with a trace each time.</summary>
public static class LogFilters
{
    /// <summary>Leaves it out: the log says once what is wrong, and once that it is over.</summary>
    public static ILoggingBuilder LeaveOutNoise(this ILoggingBuilder logging) => logging
        // A stream whose history cannot be opened: whoever asked for it is told why.
        .AddFilter("Orleans.Grain", LogLevel.Critical)
        // Subscriptions that cannot be read or kept: gateways fetch what does not come.
        .AddFilter("Orleans.Persistence.RedisGrainStorage", LogLevel.Critical)
        .AddFilter("Orleans.Streams.webstream", LogLevel.Critical)
        .AddFilter("Orleans.Streams.PubSubRendezvousGrain", LogLevel.Critical)
        // It can look before the thread that it watches has run once, and then takes the machine's uptime for a standstill.
        .AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error)
        // What is degraded is no news at every question.
        .AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.Error);
}
