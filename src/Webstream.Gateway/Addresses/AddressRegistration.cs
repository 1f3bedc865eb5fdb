using Microsoft.Extensions.DependencyInjection.Extensions;
using Webstream.ServiceDefaults.Settings;

namespace Webstream.Gateway.Addresses;

/// <summary>Registers by which addresses the gateway is known.</summary>
internal static class AddressRegistration
{
    public static IServiceCollection AddAddresses(this IServiceCollection services, IConfiguration webstream)
    {
        services.AddSettings<AddressOptions>(webstream, "");
        services.TryAddSingleton(_ => MachineNames.Read());
        services.TryAddSingleton(OwnPorts.Unknown);
        services.AddSingleton<KnownAddresses>();
        return services;
    }

    /// <summary>Settles the addresses of each request. Before everything that looks at them.</summary>
    public static void UseAddresses(this WebApplication app) => app.UseMiddleware<AddressDoor>();
}
