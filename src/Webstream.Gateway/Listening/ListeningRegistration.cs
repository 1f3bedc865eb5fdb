namespace Webstream.Gateway.Listening;

/// <summary>Registers the services that serve listeners.</summary>
internal static class ListeningRegistration
{
    public static IServiceCollection AddListening(this IServiceCollection services)
    {
        services.AddSingleton<ListenerLimit>();
        services.AddSingleton<DrainWaves>();
        services.AddHostedService(provider => provider.GetRequiredService<DrainWaves>());
        services.AddSingleton<ListenerGrants>();
        services.AddSingleton<ListenPermission>();
        services.AddSingleton<Listeners>();
        return services;
    }
}
