using Microsoft.AspNetCore.Http.Features;
using Webstream.Gateway.Access;
using Webstream.Gateway.Memory;

namespace Webstream.Gateway.Idle;

/// <summary>
/// <c>GET /api/assistant</c>: an assistant's MCP server holds this request open for as long as it runs, and the gateway does not end itself
/// meanwhile. Unlike a lease or a good-bye, a connection cannot be forgotten: it ends with the process that holds it.
/// </summary>
internal static class AssistantEndpoint
{
    public static IEndpointConventionBuilder MapAssistant(this IEndpointRouteBuilder api) =>
        api.MapGet("/assistant", HoldAsync)
            .Needs(AccessAction.Identify)
            .HoldsForEver(GatewayMemory.HeldRequest)
            .WithTags("Operations")
            .WithSummary("Held open by an assistant's MCP server while it runs; the gateway does not end itself for idleness meanwhile.");

    private static async Task HoldAsync(HttpContext context, IdleClock clock, IHostApplicationLifetime lifetime)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        using var hold = clock.Hold();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await context.Response.StartAsync(end.Token);
        await Task.Delay(Timeout.Infinite, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
