using Microsoft.AspNetCore.Http.Features;
using Webstream.Gateway.Access;
using Webstream.Gateway.Errors;
using Webstream.Gateway.FanOut;
using Webstream.Protocol;

namespace Webstream.Gateway.Listening;

/// <summary><c>GET /stream</c>: the event stream.</summary>
internal static class StreamEndpoint
{
    // REFUSED_STREAM, the request was not processed and may be sent again: RFC 9113, section 8.7.
    private const int RefusedStream = 7;

    public static IEndpointConventionBuilder MapStream(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/stream").Needs(AccessAction.Subscribe).WithTags("Listening");
        group.MapGet("", (HttpContext context, ListenPermission permission, DrainWaves drain, Listeners listeners) =>
                ListenAsync(context, null, permission, drain, listeners))
            .WithSummary("Listen to the stream main, or to the one that ?stream= names, over Server-Sent Events.");
        group.MapGet("/{name}", (HttpContext context, string name, ListenPermission permission, DrainWaves drain, Listeners listeners) =>
                ListenAsync(context, name, permission, drain, listeners))
            .WithSummary("Listen to a stream over Server-Sent Events.");
        return group;
    }

    private static async Task<IResult> ListenAsync(HttpContext context, string? name, ListenPermission permission, DrainWaves drain, Listeners listeners)
    {
        var asked = ListenRequest.From(context.Request, name);
        ListenRequest? request;
        try
        {
            request = await permission.TryDecideAsync(Caller.Of(context), asked);
        }
        catch (ListenDeniedException denied)
        {
            return Problems.From(denied.Refusal);
        }

        // Held like others, a ticket might begin its connection long after its minute. One that resumes is held: a browser would not come back.
        if (request is null && Caller.Of(context).KeyState == KeyState.UnknownTicket && asked.LastEventId is null)
        {
            return Problems.Unavailable(RefusalTexts.UnknownTicket);
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            // Nobody listens: the head alone, as a listener would get it.
            StreamHead.Write(context.Response, Framing.Server);
            return Results.Empty;
        }

        if (drain.HaveBegun)
        {
            SendElsewhere(context);
            return Results.Empty;
        }

        try
        {
            // Before there is a place for it: else two of the same ticket could both begin.
            request = request is null ? null : await permission.AdmitAsync(Caller.Of(context), request);
        }
        catch (ListenDeniedException denied)
        {
            return Problems.From(denied.Refusal);
        }
        catch (WebstreamException away) when (away.Error == WebstreamError.Unavailable && asked.LastEventId is not null)
        {
            // A browser that resumes would not come back from a refusal: it is held until it can be told.
            request = null;
        }

        // EventSource gives up for good on any status but 200. It shall: a caller that has as many listeners as it may would come back each second
        // with every one of those above. Programs find the reason and the time to wait in the answer.
        if (listeners.Open(context, request ?? asked, permission, out var connection) is { } noPlace)
        {
            return Problems.From(noPlace);
        }

        await connection!.RunAsync();
        return Results.Empty;
    }

    // The request came on a connection from before the shutdown, most likely a load balancer's. When the connection ends without an answer, the
    // balancer asks another gateway. With any answer the listener would be connected here, only to be sent away.
    private static void SendElsewhere(HttpContext context)
    {
        if (context.Features.Get<IHttpResetFeature>() is { } stream)
        {
            stream.Reset(RefusedStream);
        }
        else
        {
            context.Abort();
        }
    }
}
