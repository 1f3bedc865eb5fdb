using Microsoft.AspNetCore.Http.Metadata;
using ModelContextProtocol.AspNetCore;
using ModelContextProtocol.Server;
using Webstream.Gateway.Access;
using Webstream.Gateway.Limits;
using Webstream.Gateway.Memory;
using Webstream.Gateway.Pushing;
using Webstream.ServiceDefaults;
using Webstream.Tools;

namespace Webstream.Gateway.Mcp;

/// <summary><c>/mcp</c>: the tools over Streamable HTTP, without sessions, so that any gateway answers any request.</summary>
internal static class McpEndpoint
{
    public static IServiceCollection AddMcp(this IServiceCollection services)
    {
        services.AddHttpContextAccessor();
        services.AddSingleton<IGatewaySource, OwnGateway>();
        services.AddSingleton(provider => new ServerFeatures(
            provider.GetRequiredService<IGatewaySource>(), ProductVersion.Text, provider.GetRequiredService<ILoggerFactory>()));
        services.AddLogging(logging => logging.AddFilter(ServerFeatures.LibraryCategory, LogLevel.None));
        services.AddMcpServer().WithHttpTransport(http => http.SessionMode = HttpServerSessionMode.Stateless);
        services.AddOptions<McpServerOptions>().Configure<ServerFeatures>((options, features) => features.AddTo(options));
        return services;
    }

    public static IEndpointConventionBuilder MapMcp(this IEndpointRouteBuilder app)
    {
        var mcp = app.MapGroup("/mcp").AddEndpointFilter<McpRequestFilter>().Needs(AccessAction.Tools).CountsRequests(alsoAsPush: true)
            .Holds(GatewayMemory.ToolCall)
            .ExcludeFromDescription();
        // Routing would refuse other content types before this filter, without a word on what to send. It would pass requests without a type.
        ((IEndpointConventionBuilder)mcp).Finally(endpoint =>
        {
            foreach (var accepts in endpoint.Metadata.OfType<IAcceptsMetadata>().ToArray())
            {
                endpoint.Metadata.Remove(accepts);
            }
        });
        McpEndpointRouteBuilderExtensions.MapMcp(mcp);
        return mcp;
    }

    /// <summary>The longest body in bytes: room for a question's options besides its text.</summary>
    public static int MaxBodyBytes(PushOptions options) => 2 * PushParser.MaxBodyBytes(PushKind.Json, options.MaxMessageBytes);
}
