using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.DataProtection;
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
        // Authentication asks for a key ring. Nothing here uses it, so none is kept on the disk.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.AddAuthentication(ApiKeyAuthentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyAuthentication>(ApiKeyAuthentication.SchemeName, null);
        return services;
    }
}
