using Microsoft.Extensions.Options;
using Webstream.Gateway.Access;
using Webstream.Gateway.Bodies;
using Webstream.Gateway.Cluster;
using Webstream.Gateway.Errors;
using Webstream.Gateway.Pushing;
using Webstream.Protocol;

namespace Webstream.Gateway.Mcp;

/// <summary>
/// Lets only those use the tools who may write. A refusal is always <c>403</c>: a <c>401</c> would send an assistant on a search for a
/// place to log in.
/// </summary>
internal sealed class McpAccessFilter(AccessRules rules, BodyReader bodies, IOptions<PushOptions> options) : IEndpointFilter
{
    // Room for a question's options besides its text.
    private readonly int most = 2 * PushParser.MaxBodyBytes(PushKind.Json, options.Value.MaxMessageBytes);

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        if (rules.RefuseWrite(context.HttpContext) is { } refusal)
        {
            return Problems.Refused(StatusCodes.Status403Forbidden, refusal.Error);
        }

        var request = context.HttpContext.Request;
        try
        {
            if (HttpMethods.IsPost(request.Method))
            {
                // The library would read it without a bound on time, or on what all of them take together.
                request.Body = new MemoryStream(await bodies.ReadAsync(context.HttpContext, most, McpBody.WeightOfTree), writable: false);
            }

            return await McpBody.RefuseAsync(request) ?? await next(context);
        }
        catch (WebstreamException failure)
        {
            return Problems.From(failure);
        }
        catch (BadHttpRequestException failure) when (!context.HttpContext.Response.HasStarted)
        {
            return Problems.From(failure.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? new(WebstreamError.TooLarge, "The request is too large. Shorten the message, or send it in parts.")
                : new(WebstreamError.Invalid, "The body is broken off or malformed."));
        }
    }
}
