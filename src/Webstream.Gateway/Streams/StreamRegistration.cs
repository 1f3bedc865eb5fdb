using Webstream.ServiceDefaults.Settings;

namespace Webstream.Gateway.Streams;

/// <summary>Registers the streams on this gateway.</summary>
internal static class StreamRegistration
{
    /// <summary>Registers them.</summary>
    /// <param name="services">The gateway's services.</param>
    /// <param name="webstream">The section <c>Webstream</c>.</param>
    /// <param name="place">What tells the gateways of a machine apart, for example their addresses; none when the system chooses the port.</param>
    public static IServiceCollection AddStreams(this IServiceCollection services, IConfiguration webstream, string? place)
    {
        services.AddSettings<HubOptions>(webstream, "Hub");
        services.AddSingleton(provider =>
        {
            var instance = Guid.NewGuid().ToString("N");
            // A port that the system chooses changes at every start, so it is no name. Without it, two gateways of a machine would share a name.
            var name = webstream["Cluster:GatewayName"] ?? $"{Environment.MachineName} {place ?? instance}";
            return new GatewayIdentity(name, instance, provider.GetRequiredService<TimeProvider>().GetUtcNow());
        });
        services.AddSingleton<IStreamFeed, OrleansStreamFeed>();
        services.AddSingleton<FrameMemory>();
        services.AddSingleton<StreamTroubles>();
        services.AddSingleton<GatewayStreamFactory>();
        services.AddSingleton<StreamRegistry>();
        services.AddHostedService<StreamUpkeep>();
        return services;
    }
}
