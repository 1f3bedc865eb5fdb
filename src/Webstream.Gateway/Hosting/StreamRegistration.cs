using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using Webstream.Gateway.Cluster;
using Webstream.Gateway.Hubs;
using Webstream.Gateway.Pushing;
using Webstream.Protocol;
using Webstream.ServiceDefaults.Settings;

namespace Webstream.Gateway.Hosting;

/// <summary>Registers the streams on this gateway, and the way of pushes to their owners.</summary>
internal static class StreamRegistration
{
    public static IServiceCollection AddStreams(this IServiceCollection services, IConfiguration webstream, string urls)
    {
        services.AddSettings<HubOptions>(webstream, "Hub");
        services.AddSingleton(provider =>
        {
            var time = provider.GetRequiredService<TimeProvider>();
            var instance = Guid.NewGuid().ToString("N");
            // A port that the system chooses is another one at every start, and no name: two gateways of a machine would share it.
            var place = ListenUrls.HaveChosenPort(urls) ? instance : urls;
            var name = webstream["Cluster:GatewayName"] ?? $"{Environment.MachineName} {place}";
            return new GatewayIdentity(name, instance, time.GetUtcNow());
        });
        services.AddSingleton<IStreamFeed, OrleansStreamFeed>();
        services.AddSingleton<StreamGrains>();
        services.AddSingleton<FrameMemory>();
        services.AddSingleton<HubTroubles>();
        services.AddSingleton<StreamHubs>();
        services.AddHostedService(provider => provider.GetRequiredService<StreamHubs>());
        services.AddSingleton<StreamStates>();
        services.AddSingleton<StreamLists>();
        services.AddSingleton<FirstMessages>();
        return services;
    }

    public static IServiceCollection AddPushing(this IServiceCollection services, IConfiguration webstream)
    {
        services.AddSettings<PushOptions>(webstream, "Push");
        services.AddSingleton<GrainPublisher>();
        services.AddSingleton<IWebstream, GrainWebstream>();
        services.AddSingleton<IConfigureOptions<RateLimiterOptions>, PushRateLimit>();
        services.AddRateLimiter(_ => { });
        return services;
    }

    /// <summary>Limits how often one caller may push, where there is a limit. After authentication, which tells callers apart.</summary>
    public static void UsePushRateLimit(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<PushOptions>>().Value.PerSecond > 0)
        {
            // Not without need: it ticks ten times a second, busy or idle.
            app.UseRateLimiter();
        }
    }
}
