using Webstream.ServiceDefaults.Settings;

namespace Webstream.Gateway.Limits;

/// <summary>Registers the limits of callers.</summary>
internal static class LimitsRegistration
{
    public static IServiceCollection AddLimits(this IServiceCollection services, IConfiguration webstream)
    {
        services.AddSettings<LimitsOptions>(webstream, "Limits");
        services.AddSettings<PushPaceOptions>(webstream, "Push");
        services.AddSingleton<CallerBudgets>();
        services.AddSingleton<LimitMetrics>();
        services.AddSingleton<CallerLimits>();
        services.AddSingleton<KeyQuotas>();
        return services;
    }

    /// <summary>Refuses requests of callers that send too many. Runs after authentication, which tells callers apart.</summary>
    public static void UseRequestLimits(this WebApplication app) => app.UseMiddleware<RequestLimits>();
}
