using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;
using Orleans.Hosting;

namespace Webstream.Grains.Peers;

/// <summary>Puts the proof of belonging to the cluster before every connection between its processes.</summary>
internal static class PeerHosting
{
    /// <summary>For a silo: both of its ports, and its connections to other silos.</summary>
    public static ISiloBuilder ProtectPeers(this ISiloBuilder silo, ClusterProtection protection)
    {
        silo.Services.AddPeers(protection);
        return silo.Configure<SiloConnectionOptions>(connections =>
        {
            connections.ConfigureSiloInboundConnection(builder => builder.UseInbound(PortKind.Silo));
            connections.ConfigureGatewayInboundConnection(builder => builder.UseInbound(PortKind.Gateway));
            connections.ConfigureSiloOutboundConnection(builder => builder.UseOutbound(PortKind.Silo));
        });
    }

    /// <summary>For a gateway: its connections to silos.</summary>
    public static IClientBuilder ProtectPeers(this IClientBuilder client, ClusterProtection protection)
    {
        client.Services.AddPeers(protection);
        return client.Configure<ClientConnectionOptions>(
            connections => connections.ConfigureConnection(builder => builder.UseOutbound(PortKind.Gateway)));
    }

    private static void AddPeers(this IServiceCollection services, ClusterProtection protection)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(protection);
        services.AddSingleton<PeerLog>();
    }

    private static void UseInbound(this IConnectionBuilder builder, PortKind port) =>
        builder.Use(next => new InboundPeers(builder.ApplicationServices, port, next).RunAsync);

    private static void UseOutbound(this IConnectionBuilder builder, PortKind port) =>
        builder.Use(next => new OutboundPeers(builder.ApplicationServices, port, next).RunAsync);
}
