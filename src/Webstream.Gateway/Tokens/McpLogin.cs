using Microsoft.AspNetCore.Authentication;
using ModelContextProtocol.AspNetCore.Authentication;
using Webstream.Gateway.Addresses;

namespace Webstream.Gateway.Tokens;

/// <summary>
/// Tells MCP clients where to log in, by the MCP library's own scheme: a <c>401</c> names a document, and the document the authority (RFC 9728). The
/// document of <c>/mcp</c> is at <c>/.well-known/oauth-protected-resource/mcp</c>, and at the same address without <c>/mcp</c> for clients that look only
/// there.
/// </summary>
internal sealed class McpLogin(KnownAddresses addresses)
{
    private const string Scheme = McpAuthenticationDefaults.AuthenticationScheme;
    private const string Tools = "/mcp";

    private static readonly PathString Document = "/.well-known/oauth-protected-resource";

    /// <summary>Asks the caller of a request to <c>/mcp</c> to log in. The caller of this method writes the body.</summary>
    public Task AskAsync(HttpContext context)
    {
        // The library takes the address from the request. People may know the gateway by another one.
        if (addresses.OpenFor(context.Request) is [var open, ..])
        {
            context.Request.Scheme = open.Scheme;
            context.Request.Host = new(open.Authority);
            context.Request.PathBase = PathString.FromUriComponent(open.AbsolutePath.TrimEnd('/'));
        }

        context.Request.Path = Tools;
        return context.ChallengeAsync(Scheme);
    }

    /// <summary>Whose address a document is at; none: there is no such document.</summary>
    private string? ResourceOf(HttpRequest request)
    {
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            return null;
        }

        var open = addresses.OpenFor(request);
        request.Path.StartsWithSegments(Document, out var rest);
        // With a path before /mcp where a proxy publishes the gateway below a path, and passes this address on.
        return open.Count > 0 && (!rest.HasValue || rest == "/" || rest == Tools || rest == $"{open[0].AbsolutePath.TrimEnd('/')}{Tools}")
            ? new Uri(open[0], Tools[1..]).AbsoluteUri
            : null;
    }

    internal static void Configure(McpAuthenticationOptions options, McpLogin login, TokenRules rules) => options.Events.OnResourceMetadataRequest = asked =>
    {
        if (login.ResourceOf(asked.Request) is not { } resource)
        {
            asked.SkipHandler();
            return Task.CompletedTask;
        }

        asked.ResourceMetadata = new()
        {
            Resource = resource,
            AuthorizationServers = { rules.Issuer },
            ResourceName = "Webstream",
        };
        return Task.CompletedTask;
    };
}

/// <summary>Registers the login for MCP clients.</summary>
internal static class McpLoginRegistration
{
    public static void AddMcpLogin(this IServiceCollection services, TokenRules rules)
    {
        services.AddSingleton<McpLogin>();
        new AuthenticationBuilder(services).AddMcp();
        services.AddOptions<McpAuthenticationOptions>(McpAuthenticationDefaults.AuthenticationScheme)
            .Configure<McpLogin>((options, login) => McpLogin.Configure(options, login, rules));
    }
}
