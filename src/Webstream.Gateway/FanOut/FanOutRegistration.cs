using Microsoft.Extensions.Options;
using Webstream.Gateway.Hosting;
using Webstream.Gateway.Memory;
using Webstream.ServiceDefaults.Settings;

namespace Webstream.Gateway.FanOut;

/// <summary>Registers the loops that write to listeners.</summary>
internal static class FanOutRegistration
{
    public static IServiceCollection AddFanOut(this IServiceCollection services, IConfiguration webstream)
    {
        services.AddSettings<ListenerOptions>(webstream, "Listeners");
        services.AddSingleton(provider => new FanOutShards(
            provider.GetRequiredService<IOptions<ListenerOptions>>().Value,
            provider.GetRequiredService<GatewayMemory>().Reads,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<GatewayMetrics>(),
            provider.GetRequiredService<ProcessEnd>()));
        return services;
    }
}
