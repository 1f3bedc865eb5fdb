namespace Webstream.Gateway.Memory;

/// <summary>Registers the shares of the memory that requests are charged to.</summary>
internal static class MemoryRegistration
{
    public static IServiceCollection AddSharesOfMemory(this IServiceCollection services)
    {
        services.AddSingleton<GatewayMemory>();
        services.AddSingleton<HeldRequests>();
        return services;
    }

    /// <summary>Charges requests that are held open. Runs after routing, which tells them from others.</summary>
    public static void UseHeldRequests(this WebApplication app) => app.Use(app.Services.GetRequiredService<HeldRequests>().InvokeAsync);
}
