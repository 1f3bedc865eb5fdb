using Microsoft.Extensions.Options;
using Webstream.Gateway.Bodies;
using Webstream.Gateway.Errors;
using Webstream.Gateway.Pushing;
using Webstream.Protocol;

namespace Webstream.Gateway.Mcp;

/// <summary>Makes a request one that the library can read, or refuses it.</summary>
internal sealed class McpRequestFilter(BodyReader bodies, IOptions<PushOptions> options) : IEndpointFilter
{
    private const string SessionId = "Mcp-Session-Id";

    private readonly int most = McpEndpoint.MaxBodyBytes(options.Value);

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        // The id is of a session with an earlier server at this address. This gateway has no sessions, and the library would refuse the request.
        context.HttpContext.Request.Headers.Remove(SessionId);
        try
        {
            return await McpBody.RefuseAsync(context.HttpContext, bodies, most, options.Value.BodyTime) ?? await next(context);
        }
        catch (WebstreamException failure) when (!context.HttpContext.Response.HasStarted)
        {
            return Problems.From(failure.Error == WebstreamError.TooLarge
                ? new(WebstreamError.TooLarge, "The request is too large. Shorten the message, or send it in parts.")
                : failure);
        }
    }
}
