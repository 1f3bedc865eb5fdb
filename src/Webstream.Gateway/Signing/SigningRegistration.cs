using Microsoft.Extensions.DependencyInjection.Extensions;
using Webstream.Grains;

namespace Webstream.Gateway.Signing;

/// <summary>Registers the signing of event ids.</summary>
internal static class SigningRegistration
{
    public static IServiceCollection AddSigning(this IServiceCollection services)
    {
        // The cluster is taken from the services when it is asked: it may not be there yet when the gateway is made.
        services.TryAddSingleton(provider => new EventIdSecret(
            () => provider.GetRequiredService<IGrainFactory>().GetGrain<ISecretGrain>(0).EventIds(), provider.GetRequiredService<TimeProvider>()));
        return services;
    }
}
