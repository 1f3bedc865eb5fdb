namespace Webstream.Gateway.Reading;

/// <summary>Registers the services that read streams without listening to them.</summary>
internal static class ReadRegistration
{
    public static IServiceCollection AddReading(this IServiceCollection services)
    {
        services.AddSingleton<StreamStates>();
        services.AddSingleton<StreamLists>();
        services.AddSingleton<VisibleStreams>();
        services.AddSingleton<FirstMessages>();
        services.AddSingleton<MessageReader>();
        return services;
    }
}
