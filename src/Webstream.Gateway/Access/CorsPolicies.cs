using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Options;

namespace Webstream.Gateway.Access;

/// <summary>What browsers may tell pages of other origins. Only the event stream has <c>*</c>.</summary>
internal sealed class CorsPolicies(AccessRules rules) : IConfigureOptions<CorsOptions>
{
    /// <summary>The event stream: every page may listen.</summary>
    public const string Stream = "stream";

    /// <summary>The API: pages of this machine and of the configured origins.</summary>
    public const string Api = "api";

    private static readonly TimeSpan PreflightAge = TimeSpan.FromHours(1);

    public void Configure(CorsOptions options)
    {
        options.AddPolicy(Stream, policy => policy
            .AllowAnyOrigin()
            .WithMethods("GET")
            .WithHeaders("Last-Event-ID", "Cache-Control", "Accept", "Authorization", "X-API-Key")
            .SetPreflightMaxAge(PreflightAge));
        options.AddPolicy(Api, policy => policy
            .SetIsOriginAllowed(rules.IsAllowedOrigin)
            .WithMethods("GET", "POST")
            .WithHeaders("Content-Type", "Accept", "Cache-Control", "Idempotency-Key", "Authorization", "X-API-Key")
            .WithExposedHeaders("Retry-After")
            .SetPreflightMaxAge(PreflightAge));
    }
}
