using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Webstream.ServiceDefaults.Settings;

namespace Webstream.Gateway.Access;

/// <summary>Registers the access rules.</summary>
internal static class AccessRegistration
{
    public static IServiceCollection AddAccess(this IServiceCollection services, IConfiguration webstream)
    {
        services.AddSettings<AccessOptions>(webstream, "");
        services.AddSingleton<AccessRules>();
        services.AddSingleton<IConfigureOptions<CorsOptions>, CorsPolicies>();
        services.AddSingleton<ICorsPolicyProvider, CorsPolicyChoice>();
        services.AddCors();
        // Not AddAuthentication: it also makes a key ring on the disk, and the first start would warn of it. Nothing here has a use for one.
        services.AddAuthenticationCore(options => options.DefaultScheme = ApiKeyAuthentication.SchemeName);
        services.AddWebEncoders();
        services.TryAddSingleton(TimeProvider.System);
        new AuthenticationBuilder(services)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyAuthentication>(ApiKeyAuthentication.SchemeName, null);
        return services;
    }
}
