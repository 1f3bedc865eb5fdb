using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;
using Webstream.ServiceDefaults.Settings;

namespace Webstream.Gateway.Access;

/// <summary>Registers who may do what.</summary>
internal static class AccessRegistration
{
    public static IServiceCollection AddAccess(this IServiceCollection services, IConfiguration webstream)
    {
        services.AddSettings<AccessOptions>(webstream, "");
        services.AddSingleton<AccessRules>();
        services.AddSingleton<IConfigureOptions<CorsOptions>, CorsPolicies>();
        services.AddCors();
        // Authentication asks for a key ring, which nothing here uses: none on the disk.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.AddAuthentication(ApiKeyAuthentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyAuthentication>(ApiKeyAuthentication.SchemeName, null);
        return services;
    }
}
