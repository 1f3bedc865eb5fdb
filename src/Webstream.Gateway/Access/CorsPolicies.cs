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

    // What tracing libraries add to every request of a page. A list, because a page from anywhere shall not send a proxy's headers, or its login.
    private static readonly string[] Tracing =
    [
        "traceparent", "tracestate", "baggage", "sentry-trace", "b3", "X-B3-TraceId", "X-B3-SpanId", "X-B3-ParentSpanId", "X-B3-Sampled", "X-B3-Flags",
        "X-Datadog-Trace-Id", "X-Datadog-Parent-Id", "X-Datadog-Origin", "X-Datadog-Sampling-Priority", "X-Datadog-Tags", "newrelic", "X-NewRelic-ID",
        "X-NewRelic-Transaction", "elastic-apm-traceparent", "uber-trace-id", "X-Cloud-Trace-Context", "X-Amzn-Trace-Id", "Request-Id",
        "Request-Context", "Correlation-Context", "X-Requested-With", "X-Request-Id", "X-Correlation-Id",
    ];

    // Where an assistant logs in, everybody may know, also one that is a page.
    private static readonly (PathString Path, string Policy)[] Paths = [("/stream", Stream), ("/api", Api), ("/mcp", Mcp), ("/.well-known", Stream)];

    /// <summary>The policy of everything at and below a path; none: no page of another origin may read what is there.</summary>
    public static string? Of(PathString path) =>
        Array.Find(Paths, one => path.StartsWithSegments(one.Path, StringComparison.OrdinalIgnoreCase)).Policy;

    /// <summary>The name of a policy's form for configured origins.</summary>
    public static string WithCredentials(string policy) => $"{policy} with credentials";

    public void Configure(CorsOptions options)
    {
        // Any header for an origin that is trusted already: tracing libraries have headers of their own, and so have revisions of MCP, also one for
        // each argument of a tool.
        Add(Stream, policy => policy.WithMethods("GET", "HEAD"), policy => policy
            .AllowAnyOrigin()
            .WithHeaders([.. Tracing, "Last-Event-ID", "Cache-Control", "Accept", "Authorization", "X-API-Key"]));
        Add(Api, policy => policy.WithMethods("GET", "HEAD", "POST", "PUT", "DELETE").WithExposedHeaders("Retry-After"), AllowedOrigins);
        Add(Mcp, policy => policy
            .WithMethods("GET", "POST", "DELETE")
            .WithExposedHeaders("Retry-After", "Mcp-Session-Id", "MCP-Protocol-Version", "WWW-Authenticate"), AllowedOrigins);

        void AllowedOrigins(CorsPolicyBuilder policy) => policy.SetIsOriginAllowed(addresses.IsAllowed).AllowAnyHeader();

        void Add(string name, Action<CorsPolicyBuilder> configure, Action<CorsPolicyBuilder> withoutCredentials)
        {
            options.AddPolicy(name, policy =>
            {
                configure(policy);
                withoutCredentials(policy);
                policy.SetPreflightMaxAge(PreflightAge);
            });
            options.AddPolicy(WithCredentials(name), policy =>
            {
                configure(policy.SetIsOriginAllowed(addresses.IsConfigured).AllowCredentials().AllowAnyHeader());
                policy.SetPreflightMaxAge(PreflightAge);
            });
        }
    }
}
