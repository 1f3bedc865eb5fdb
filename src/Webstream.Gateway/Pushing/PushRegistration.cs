using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using Webstream.ServiceDefaults.Settings;

namespace Webstream.Gateway.Pushing;

/// <summary>Registers what takes pushes to their streams' owners.</summary>
internal static class PushRegistration
{
    public static IServiceCollection AddPushing(this IServiceCollection services, IConfiguration webstream)
    {
        services.AddSettings<PushOptions>(webstream, "Push");
        services.AddSingleton<Pusher>();
        services.AddSingleton<IConfigureOptions<RateLimiterOptions>, PushRateLimit>();
        services.AddRateLimiter(_ => { });
        return services;
    }

    /// <summary>Limits how often one caller may push, where there is a limit. Runs after authentication, which tells callers apart.</summary>
    public static void UsePushRateLimit(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<PushOptions>>().Value.PerSecond > 0)
        {
            // Only where it is needed: the rate limiter's timer ticks ten times a second, busy or idle.
            app.UseRateLimiter();
        }
    }
}
