namespace Webstream.Gateway.Bodies;

/// <summary>Registers what reads the bodies of requests.</summary>
internal static class BodiesRegistration
{
    public static IServiceCollection AddBodies(this IServiceCollection services) => services.AddSingleton<BodyReader>();
}
