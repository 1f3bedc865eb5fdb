using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Options;
using Webstream.Gateway.Addresses;

namespace Webstream.Gateway.Access;

/// <summary>
/// What browsers may tell pages of other origins. Only the event stream has <c>*</c>. A configured origin may also send credentials, such as a
/// proxy's login: for it each policy has a second form, which <see cref="CorsPolicyChoice"/> chooses.
/// </summary>
internal sealed class CorsPolicies(KnownAddresses addresses) : IConfigureOptions<CorsOptions>
{
    /// <summary>The event stream: every page may listen.</summary>
    public const string Stream = "stream";

    /// <summary>The API: pages of this machine and of the configured origins.</summary>
    public const string Api = "api";

    /// <summary>The tools over HTTP: pages of the same origins as for the API.</summary>
    public const string Mcp = "mcp";

    private static readonly TimeSpan PreflightAge = TimeSpan.FromHours(1);

    // What tracing libraries add to every request of a page.
    private static readonly string[] Tracing = ["traceparent", "tracestate", "baggage", "X-Requested-With", "X-Request-Id", "X-Correlation-Id"];

    /// <summary>The name of a policy's form for configured origins.</summary>
    public static string WithCredentials(string policy) => $"{policy} with credentials";

    public void Configure(CorsOptions options)
    {
        Add(Stream, anyOrigin: true, policy => policy
            .WithMethods("GET", "HEAD")
            .WithHeaders([.. Tracing, "Last-Event-ID", "Cache-Control", "Accept", "Authorization", "X-API-Key"]));
        Add(Api, anyOrigin: false, policy => policy
            .WithMethods("GET", "HEAD", "POST", "PUT", "DELETE")
            .WithHeaders([.. Tracing, "Content-Type", "Accept", "Cache-Control", "Idempotency-Key", "Authorization", "X-API-Key"])
            .WithExposedHeaders("Retry-After"));
        // Revisions of MCP add headers of their own, also one for each argument of a tool. The origin is trusted already.
        Add(Mcp, anyOrigin: false, policy => policy
            .WithMethods("GET", "POST", "DELETE")
            .AllowAnyHeader()
            .WithExposedHeaders("Retry-After", "Mcp-Session-Id", "MCP-Protocol-Version"));

        void Add(string name, bool anyOrigin, Action<CorsPolicyBuilder> configure)
        {
            options.AddPolicy(name, policy =>
            {
                configure(anyOrigin ? policy.AllowAnyOrigin() : policy.SetIsOriginAllowed(addresses.IsAllowed));
                policy.SetPreflightMaxAge(PreflightAge);
            });
            options.AddPolicy(WithCredentials(name), policy =>
            {
                configure(policy.SetIsOriginAllowed(addresses.IsConfigured).AllowCredentials());
                policy.SetPreflightMaxAge(PreflightAge);
            });
        }
    }
}
