using Microsoft.Extensions.Logging;

namespace Webstream.Grains.Hosting;

/// <summary>Filters needless log lines of the libraries below: they repeat while Redis is away or refuses, each with a stack trace.</summary>
public static class LogFilters
{
    /// <summary>Leaves them out: the history logs once what is wrong, and once that it is over.</summary>
    public static ILoggingBuilder LeaveOutNoise(this ILoggingBuilder logging) => logging
        // A stream whose history cannot be opened: the caller is told why.
        .AddFilter("Orleans.Grain", LogLevel.Critical)
        // Subscriptions that cannot be read or kept: gateways fetch the messages that do not arrive.
        .AddFilter("Orleans.Persistence.RedisGrainStorage", LogLevel.Critical)
        .AddFilter("Orleans.Streams.webstream", LogLevel.Critical)
        .AddFilter("Orleans.Streams.PubSubRendezvousGrain", LogLevel.Critical)
        // The watchdog can run before the thread that it watches has run once. It then takes the machine's uptime for a standstill.
        .AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error)
        // It warns of HTTP_PORTS beside addresses. The ports are among the addresses, or the command line takes precedence over them.
        .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Error)
        // A trace for each failed handshake. The log says once, in one line, which connection it was and why.
        .AddFilter("Orleans.Connections.Security", LogLevel.Critical)
        // A line for each attempt at a stream's queue. What does not pass over is logged by the caller.
        .AddFilter("Polly", LogLevel.Error)
        // A line for each probe. The answer says what is wrong, and the log says it once.
        .AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.Critical);
}
