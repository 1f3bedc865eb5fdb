using Webstream.Gateway.Errors;
using Webstream.Gateway.Tokens;
using Webstream.Protocol;

namespace Webstream.Gateway.Access;

/// <summary>
/// Lets a request reach its endpoint only if its caller may do what the endpoint does, to the stream that the request's path or query names. A
/// stream that only the body names is judged when the body has been read.
/// </summary>
/// <param name="next">What comes behind the door.</param>
/// <param name="gate">Decides.</param>
/// <param name="login">Tells assistants where to log in; none: there is no such place.</param>
internal sealed class AccessDoor(RequestDelegate next, AccessGate gate, McpLogin? login = null)
{
    private static readonly AccessRequirement Unknown = new((AccessAction)(-1));

    public async Task InvokeAsync(HttpContext context)
    {
        // Only routing makes other endpoints: those that answer 405 or 415.
        if (context.GetEndpoint() is RouteEndpoint endpoint
            && (endpoint.Metadata.GetMetadata<AccessRequirement>() ?? Unknown) is var requirement
            && await gate.RefusalAsync(Caller.Of(context), requirement, StreamOf(context.Request, requirement)) is { } refusal
            // A listener waits until it can be told.
            && !(requirement.Action == AccessAction.Subscribe && refusal.Error == WebstreamError.Unavailable))
        {
            var told = gate.Told(Caller.Of(context), refusal);
            if (login is not null && requirement.Action == AccessAction.Tools && told.Error == WebstreamError.KeyNeeded)
            {
                await login.AskAsync(context);
            }

            await Problems.From(told).ExecuteAsync(context);
            return;
        }

        await next(context);
    }

    // What is no name, or names two streams, is refused by the endpoint.
    private static StreamName? StreamOf(HttpRequest request, AccessRequirement requirement)
    {
        var named = request.RouteValues["name"] as string ?? (request.Query.TryGetValue("stream", out var stream) ? stream.ToString() : null);
        return named is null && requirement.Action == AccessAction.Subscribe ? StreamName.Main
            : StreamName.TryParse(named, out var found) ? found
            : null;
    }
}
