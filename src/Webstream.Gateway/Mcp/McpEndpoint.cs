using ModelContextProtocol.AspNetCore;
using ModelContextProtocol.Server;
using Webstream.Gateway.Hosting;
using Webstream.Gateway.Memory;
using Webstream.Gateway.Pushing;
using Webstream.Tools;

namespace Webstream.Gateway.Mcp;

/// <summary><c>/mcp</c>: the tools over Streamable HTTP, without sessions, so that any gateway answers any request.</summary>
internal static class McpEndpoint
{
    public static IServiceCollection AddMcp(this IServiceCollection services)
    {
        services.AddHttpContextAccessor();
        services.AddSingleton<IGatewaySource, OwnGateway>();
        services.AddSingleton(provider => new ServerFeatures(provider.GetRequiredService<IGatewaySource>(), ProductVersion.Text));
        services.AddMcpServer().WithHttpTransport(http => http.SessionMode = HttpServerSessionMode.Stateless);
        services.AddOptions<McpServerOptions>().Configure<ServerFeatures>((options, features) => features.AddTo(options));
        return services;
    }

    public static IEndpointConventionBuilder MapMcp(this IEndpointRouteBuilder app)
    {
        var mcp = app.MapGroup("/mcp").AddEndpointFilter<McpAccessFilter>().RequireRateLimiting(PushRateLimit.Policy)
            .Holds(GatewayMemory.ToolCall)
            .ExcludeFromDescription();
        McpEndpointRouteBuilderExtensions.MapMcp(mcp);
        return mcp;
    }
}
