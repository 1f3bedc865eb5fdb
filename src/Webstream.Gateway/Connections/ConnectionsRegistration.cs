using Microsoft.Extensions.Options;
using Webstream.Gateway.Addresses;
using Webstream.Gateway.Limits;
using Webstream.Grains.Hosting;
using Webstream.Grains.Memory;
using Webstream.ServiceDefaults.Settings;

namespace Webstream.Gateway.Connections;

/// <summary>Registers the places for connections.</summary>
internal static class ConnectionsRegistration
{
    public static IServiceCollection AddConnections(this IServiceCollection services, IConfiguration webstream)
    {
        services.AddSettings<ConnectionOptions>(webstream, "Connections");
        services.AddSingleton<ConnectionTroubles>();
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<ConnectionOptions>>().Value;
            return new ConnectionPlaces(
                open => ConnectionLimits.Of(options.Max, OpenFiles.Limit, OpenFiles.Count() - open),
                provider.GetRequiredService<MemoryBudget>(),
                provider.GetRequiredService<ConnectionTroubles>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<IOptions<LimitsOptions>>().Value.Connections,
                TrustedProxies.Read(provider.GetRequiredService<IOptions<AddressOptions>>().Value.TrustedProxies));
        });
        services.AddSingleton<ConnectionMetrics>();
        return services;
    }

    /// <summary>Reports requests to their connections' places, and shows the places in the metrics from the start. Before everything else.</summary>
    public static void UseConnections(this WebApplication app)
    {
        app.Services.GetRequiredService<ConnectionMetrics>();
        app.Use(ConnectionRequests.ServeAsync);
    }
}
