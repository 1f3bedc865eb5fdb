using Microsoft.Extensions.Options;
using Webstream.Gateway.Ending;
using Webstream.Gateway.Memory;
using Webstream.Gateway.Transport;
using Webstream.ServiceDefaults.Settings;

namespace Webstream.Gateway.FanOut;

/// <summary>Registers the loops that write to listeners.</summary>
internal static class FanOutRegistration
{
    public static IServiceCollection AddFanOut(this IServiceCollection services, IConfiguration webstream)
    {
        services.AddSettings<ListenerOptions>(webstream, "Listeners");
        services.AddOptions<HandOverOptions>().Configure<IOptions<ListenerOptions>>((handOver, listeners) => handOver.Enabled = listeners.Value.HandOver);
        services.AddSingleton(provider => new FanOutShards(
            provider.GetRequiredService<IOptions<ListenerOptions>>().Value,
            provider.GetRequiredService<GatewayMemory>().Reads,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<GatewayMetrics>(),
            provider.GetRequiredService<ProcessEnd>()));
        return services;
    }
}
