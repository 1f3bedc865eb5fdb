using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Webstream.Gateway.Rules;
using Webstream.Grains.Hosting;
using Webstream.ServiceDefaults.Settings;

namespace Webstream.Gateway.Access;

/// <summary>Registers the access rules.</summary>
internal static class AccessRegistration
{
    public static IServiceCollection AddAccess(this IServiceCollection services, IConfiguration webstream)
    {
        services.AddSettings<AccessOptions>(webstream, "");
        services.TryAddSingleton<IRuleSource, ClusterRules>();
        services.AddSingleton<StreamRules>();
        services.AddSingleton<AccessHandler>();
        services.AddSingleton(provider => AccessGate.For(
            provider.GetRequiredService<AccessHandler>(), provider.GetRequiredService<WrongKeys>(), provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton<WrongKeys>();
        services.AddSingleton<WrongKeyLog>();
        services.AddSingleton<KeyJudge>();
        services.AddSingleton<CallersNow>();
        services.AddSingleton<LateCheck>();
        services.AddSingleton<PassHolders>();
        services.AddSingleton<PassJudge>();
        services.AddSingleton(provider => new LocalSecret(provider.GetService<HistoryPlace>()?.Path));
        // The answers say it already, and anybody could fill the log with it.
        services.AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore.Authorization", LogLevel.Warning)
            .AddFilter(typeof(ApiKeyAuthentication).FullName, LogLevel.Warning));
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

    /// <summary>Finds out who asks. Before everything that tells callers apart.</summary>
    public static void UseCallers(this WebApplication app)
    {
        app.UseAuthentication();
        app.UseMiddleware<CallerRecognition>();
    }

    /// <summary>Refuses what callers may not do. After everything that refuses whoever asks.</summary>
    public static void UseAccess(this WebApplication app) => app.UseMiddleware<AccessDoor>();
}
