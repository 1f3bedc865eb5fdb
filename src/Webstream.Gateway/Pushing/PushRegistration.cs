using Webstream.ServiceDefaults.Settings;

namespace Webstream.Gateway.Pushing;

/// <summary>Registers what takes pushes to their streams' owners.</summary>
internal static class PushRegistration
{
    public static IServiceCollection AddPushing(this IServiceCollection services, IConfiguration webstream)
    {
        services.AddSettings<PushOptions>(webstream, "Push");
        services.AddSingleton<Pusher>();
        services.AddSingleton<NewStreams>();
        services.AddSingleton<ReplyIds>();
        return services;
    }
}
