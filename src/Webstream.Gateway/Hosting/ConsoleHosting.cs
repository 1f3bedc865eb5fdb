using Webstream.Grains.Hosting;
using Webstream.ServiceDefaults.Logging;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Gateway.Hosting;

/// <summary>What the gateway writes to its console.</summary>
internal static class ConsoleHosting
{
    /// <exception cref="StartRefusedException">There is no such format.</exception>
    public static void AddConsole(this WebApplicationBuilder builder)
    {
        builder.Logging.AddWebstreamConsole(builder.Configuration.GetSection("Webstream"));
        builder.Logging.LeaveOutNoise();
        // While Redis is away this category logs it with a trace every second; the health check and the pusher say it once.
        builder.Logging.AddFilter("Orleans.Messaging.GatewayManager", LogLevel.Critical);
        // It warns of an event on its way to a hub that has just closed: no listener is left to receive it, and nothing is lost.
        builder.Logging.AddFilter("Orleans.Streams.StreamConsumerExtension", LogLevel.Error);
        var quietEnd = new ShutdownLogFilter();
        quietEnd.Filter(builder.Logging);
        builder.Services.AddSingleton(quietEnd);
    }
}
