using Webstream.ServiceDefaults.Settings;

namespace Webstream.Gateway.Idle;

/// <summary>Registers the end of a gateway that nobody uses.</summary>
internal static class IdleRegistration
{
    public static IServiceCollection AddIdleExit(this IServiceCollection services, IConfiguration webstream)
    {
        services.AddSettings<IdleOptions>(webstream, "");
        services.AddSingleton<IdleClock>();
        services.AddHostedService<IdleExit>();
        return services;
    }
}
