using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Webstream.Grains.Memory;

namespace Webstream.Gateway.Transport;

/// <summary>Registers the transport whose connections are counted and whose sockets can be handed over.</summary>
internal static class TransportRegistration
{
    public static IServiceCollection AddTransport(this IServiceCollection services)
    {
        services.AddSingleton(provider => new HandOverGarbage(
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<MemoryReturn>()));
        services.AddSingleton<SocketTransportFactory>();
        // The web server takes the last factory that can bind an address.
        services.AddSingleton<IConnectionListenerFactory, CountedTransport>();
        services.AddSingleton<IConnectionListenerFactory, HandOverTransport>();
        return services;
    }
}
