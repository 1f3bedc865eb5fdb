using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Webstream.Gateway.Passes;

/// <summary>Registers sessions and tickets as this gateway knows them.</summary>
internal static class PassesRegistration
{
    public static IServiceCollection AddPasses(this IServiceCollection services)
    {
        TicketlessServer.Wrap(services);
        services.AddSingleton<PassRing>();
        services.AddSingleton<SessionCookie>();
        services.TryAddSingleton<IPassSource, ClusterPasses>();
        return services;
    }
}
