namespace Webstream.Gateway.Bodies;

/// <summary>Registers the reader of request bodies.</summary>
internal static class BodiesRegistration
{
    public static IServiceCollection AddBodies(this IServiceCollection services) => services.AddSingleton<BodyReader>();
}
