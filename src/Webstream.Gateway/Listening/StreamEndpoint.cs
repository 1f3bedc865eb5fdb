using System.Buffers;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Webstream.Gateway.Access;
using Webstream.Gateway.Errors;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Idle;
using Webstream.Gateway.Memory;
using Webstream.Gateway.Streams;
using Webstream.Gateway.Transport;
using Webstream.Protocol;

namespace Webstream.Gateway.Listening;

/// <summary><c>GET /stream</c>: the event stream.</summary>
internal static class StreamEndpoint
{
    // REFUSED_STREAM, the request was not processed and may be sent again: RFC 9113, section 8.7.
    private const int RefusedStream = 7;

    public static IEndpointConventionBuilder MapStream(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/stream").RequireCors(CorsPolicies.Stream).WithTags("Listening").AlsoHead();
        group.MapGet("", (HttpContext context, ListeningServices services) => ListenAsync(context, null, services))
            .WithSummary("Listen to the stream main, or to the one that ?stream= names, over Server-Sent Events.");
        group.MapGet("/{name}", (HttpContext context, string name, ListeningServices services) => ListenAsync(context, name, services))
            .WithSummary("Listen to a stream over Server-Sent Events.");
        return group;
    }

    private static async Task<IResult> ListenAsync(HttpContext context, string? name, ListeningServices services)
    {
        var request = ListenRequest.From(context.Request, name);
        var foreign = services.Access.IsForeignPage(context);
        if (foreign && request.LastEventId is null && request.History > 0)
        {
            return Problems.Refused(StatusCodes.Status403Forbidden, AccessRules.ForeignReading);
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            // Nobody listens: the head alone, as a listener would get it.
            Open(context.Response, Framing.Server);
            return Results.Empty;
        }

        if (services.Drain.HaveBegun)
        {
            SendElsewhere(context);
            return Results.Empty;
        }

        if (!services.Places.TryTake())
        {
            return Problems.Unavailable("This gateway has as many listeners as Webstream__Listeners__Max allows. Try another one, or later.");
        }

        var handOver = HandOverOf(context);
        var framing = handOver is null ? Framing.Server : Framing.Chunked;
        var registration = new ListenerRegistration(
            services, request.Stream, CallerAddress.Of(context), GatewayMemory.WeightOf(context, GatewayMemory.HeldRequest), handOver is not null);
        var joining = registration.JoinAsync(context.RequestAborted);
        if (joining is { IsCompletedSuccessfully: true, Result: null })
        {
            registration.Ended(ListenerEnd.NoRoom);
            await SendingAway.AnswerAsync(context);
            return Results.Empty;
        }

        var output = new ListenerOutput(context.Response.BodyWriter, framing);
        var session = new StreamSession(
            output, framing, request, registration, foreign, services.Options.Value, services.Time, context.RequestAborted);
        var end = ListenerEnd.Gone;
        var mayWriteOn = true;
        try
        {
            Open(context.Response, framing);
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            var (group, cursor) = await session.GreetAsync(joining);
            if (handOver is not null)
            {
                // From here on only the fan-out and the socket serve the listener. What HTTP needed for this connection becomes garbage.
                handOver.HandOverTo(
                    new SocketListener(group, cursor, registration), services.Options.Value.MaxBehindTime, registration.Draining);
                registration = null;
                services.Garbage.Add();
                return Results.Empty;
            }

            (end, mayWriteOn) = await FollowAsync(context, new PipedListener(context.Response.BodyWriter, context.Abort, group, cursor), registration);
        }
        catch (OperationCanceledException) when (registration!.Draining.IsCancellationRequested)
        {
            end = ListenerEnd.Draining;
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            end = ListenerEnd.Gone;
        }
        catch (TimeoutException)
        {
            end = ListenerEnd.TooSlow;
        }
        finally
        {
            registration?.Ended(end);
        }

        if (end == ListenerEnd.TooSlow || !session.MayWriteOn || !mayWriteOn)
        {
            // The bytes that are still on their way may end in half a message. The client resumes by the id of the last whole message.
            context.Abort();
        }
        else if (end == ListenerEnd.Draining)
        {
            output.Write(services.Drain.Farewell());
            await output.EndAsync();
        }

        return Results.Empty;
    }

    private static async Task<(ListenerEnd End, bool MayWriteOn)> FollowAsync(
        HttpContext context, PipedListener listener, ListenerRegistration registration)
    {
        await using var whenGone = context.RequestAborted.UnsafeRegister(static l => ((Listener)l!).End(ListenerEnd.Gone), listener);
        registration.Began(listener);
        return (await listener.FollowAsync(), listener.EndedBetweenFrames);
    }

    // Only where the body's bytes go over the wire unchanged: over plain HTTP/1.1, after a request that is whole, because it has no body.
    private static ISocketHandOver? HandOverOf(HttpContext context)
    {
        var features = context.Features;
        return HttpProtocol.IsHttp11(context.Request.Protocol)
            && features.Get<ITlsHandshakeFeature>() is null
            && features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false }
                ? features.Get<ISocketHandOver>()
                : null;
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

    /// <summary>Writes the head of an event stream.</summary>
    public static void Open(HttpResponse response, Framing framing)
    {
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache, no-transform";
        // nginx and similar proxies buffer answers unless they are told not to.
        response.Headers["X-Accel-Buffering"] = "no";
        // The CORS policy sets this header only for requests that name an origin; the original set it for every request.
        response.Headers.AccessControlAllowOrigin = "*";
        if (framing == Framing.Chunked)
        {
            response.Headers.TransferEncoding = "chunked";
            response.Headers.Connection = "close";
        }
    }
}

/// <summary>The services that listening needs.</summary>
internal sealed record ListeningServices(
    StreamRegistry Streams,
    GatewayMemory Memory,
    ListenerLimit Places,
    AccessRules Access,
    IOptions<ListenerOptions> Options,
    DrainWaves Drain,
    HandOverGarbage Garbage,
    IdleClock Idle,
    GatewayMetrics Metrics,
    TimeProvider Time);
