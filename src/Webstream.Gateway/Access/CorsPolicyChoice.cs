using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Options;
using Webstream.Gateway.Addresses;

namespace Webstream.Gateway.Access;

/// <summary>
/// Chooses the policy by the request's path, and its form by the origin: only configured origins may send credentials. By the path and not by the
/// endpoint, because refusals without an endpoint, such as <c>405</c>, must be readable for a page too.
/// </summary>
internal sealed class CorsPolicyChoice(IOptions<CorsOptions> options, KnownAddresses addresses) : ICorsPolicyProvider
{
    private const string Asks = "Access-Control-Request-Private-Network";
    private const string Allows = "Access-Control-Allow-Private-Network";

    /// <inheritdoc/>
    public Task<CorsPolicy?> GetPolicyAsync(HttpContext context, string? policyName)
    {
        var origin = context.Request.Headers.Origin.ToString();
        // A page of the internet asks whether it may call a server of a private network:
        // https://wicg.github.io/private-network-access, section 3.1.
        if (context.Request.Headers[Asks] == "true" && addresses.IsAllowed(origin))
        {
            context.Response.Headers[Allows] = "true";
        }

        policyName ??= CorsPolicies.Of(context.Request.Path);
        return Task.FromResult(policyName is null ? null
            : options.Value.GetPolicy(addresses.IsConfigured(origin) ? CorsPolicies.WithCredentials(policyName) : policyName));
    }
}
