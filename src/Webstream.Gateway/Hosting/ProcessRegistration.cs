using Microsoft.Extensions.Options;
using Webstream.Gateway.Ending;
using Webstream.Gateway.FanOut;

namespace Webstream.Gateway.Hosting;

/// <summary>Registers what belongs to the gateway as a process: how it ends.</summary>
internal static class ProcessRegistration
{
    // The time after the listeners' waves, for requests that are still under way and for the embedded silo.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(12);

    public static IServiceCollection AddProcess(this IServiceCollection services)
    {
        services.AddSingleton(provider => new ProcessEnd(
            provider.GetRequiredService<IHostApplicationLifetime>(), provider.GetRequiredService<IOptions<ListenerOptions>>().Value.DrainTime + Grace));
        // The time for the listeners' waves, and then for requests that are still under way.
        services.AddOptions<HostOptions>().Configure<IOptions<ListenerOptions>>((host, listeners) =>
            host.ShutdownTimeout = listeners.Value.DrainTime + TimeSpan.FromSeconds(10));
        return services;
    }
}
