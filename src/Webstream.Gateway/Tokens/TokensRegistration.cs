using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using Webstream.ServiceDefaults.Settings;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Gateway.Tokens;

/// <summary>Registers tokens as keys, where the settings ask for it. Without them nothing of it is loaded.</summary>
internal static class TokensRegistration
{
    private const string Section = "Jwt";

    /// <exception cref="StartRefusedException">A setting is wrong, or one is missing.</exception>
    public static IServiceCollection AddTokens(this IServiceCollection services, IConfiguration webstream)
    {
        services.AddSettings<JwtOptions>(webstream, Section);
        var options = webstream.GetSection(Section).Get<JwtOptions>() ?? new();
        if (!options.IsOff)
        {
            Add(services, TokenRules.Read(options)!);
        }

        return services;
    }

    /// <summary>Refuses a file of keys that cannot be used. Later such a file is as keys that cannot be had.</summary>
    /// <exception cref="StartRefusedException">It cannot.</exception>
    public static Task CheckAsync(IServiceProvider services) =>
        services.GetService<TokenRules>() is { Keys: KeyPlace.File } rules ? CheckFileAsync(services, rules) : Task.CompletedTask;

    private static async Task CheckFileAsync(IServiceProvider services, TokenRules rules)
    {
        try
        {
            await services.GetRequiredService<SigningKeys>().CheckAsync();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or FormatException)
        {
            throw new StartRefusedException(
                $"Webstream__Jwt__Jwks names the file '{((KeyPlace.File)rules.Keys).Path}', which cannot be read as a JWKS, {{\"keys\": [...]}}: "
                + failure.Message);
        }
    }

    private static void Add(IServiceCollection services, TokenRules rules)
    {
        services.AddSingleton(rules);
        services.AddSingleton(new KeyDocuments(rules.Keys));
        services.AddSingleton<SigningKeys>();
        services.AddSingleton<IConfigurationManager<OpenIdConnectConfiguration>>(provider => provider.GetRequiredService<SigningKeys>());
        services.AddSingleton<TokenJudge>();
        // The answers say it already, and anybody could fill the log with it.
        services.AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore.Authentication", LogLevel.Warning));
        // Not AddJwtBearer: it also reads settings of the framework's own, which nobody here looks for.
        new AuthenticationBuilder(services).AddScheme<JwtBearerOptions, JwtBearerHandler>(TokenJudge.Scheme, null);
        services.AddOptions<JwtBearerOptions>(TokenJudge.Scheme)
            .Configure<IConfigurationManager<OpenIdConnectConfiguration>, TimeProvider>((bearer, keys, time) => Configure(bearer, rules, keys, time));
        if (rules.HasAuthority)
        {
            services.AddMcpLogin(rules);
        }
    }

    private static void Configure(
        JwtBearerOptions bearer, TokenRules rules, IConfigurationManager<OpenIdConnectConfiguration> keys, TimeProvider time)
    {
        bearer.ConfigurationManager = keys;
        // The judge asks for new keys, within bounds.
        bearer.RefreshOnIssuerKeyNotFound = false;
        bearer.SaveToken = false;
        bearer.MapInboundClaims = false;
        bearer.Events = new() { OnMessageReceived = received => Task.FromResult(received.Token = received.HttpContext.Features.Get<TokenAtHand>()?.Text) };
        bearer.TokenValidationParameters = new()
        {
            ValidIssuer = rules.Issuer,
            ValidAudiences = rules.Audiences,
            ValidAlgorithms = rules.Algorithms,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            ValidateIssuerSigningKey = true,
            LifetimeValidator = (notBefore, expires, _, _) => TokenLife.FaultOf(notBefore, expires, time.GetUtcNow()) is null,
        };
    }
}
