using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Webstream.Gateway.Access;
using Webstream.Gateway.Errors;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Hubs;
using Webstream.Gateway.Idle;
using Webstream.Protocol;

namespace Webstream.Gateway.Listening;

/// <summary><c>GET /stream</c>: the event stream.</summary>
internal static class StreamEndpoint
{
    // Spread over this time, the clients of a gateway that shuts down do not all come to another one at once.
    private const int LongestDrainRetryMilliseconds = 15_000;
    private const int ShortestDrainRetryMilliseconds = 1_000;
    private const int MillisecondsForEach = 10;

    public static IEndpointConventionBuilder MapStream(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/stream").RequireCors(CorsPolicies.Stream).WithTags("Listening");
        group.MapGet("", (HttpContext context, ListeningServices services) => ListenAsync(context, null, services))
            .WithSummary("Listen to the stream main, or to the one that ?stream= names, over Server-Sent Events.");
        group.MapGet("/{name}", (HttpContext context, string name, ListeningServices services) => ListenAsync(context, name, services))
            .WithSummary("Listen to a stream over Server-Sent Events.");
        return group;
    }

    private static async Task<IResult> ListenAsync(HttpContext context, string? name, ListeningServices services)
    {
        var request = SubscribeRequest.From(context.Request, name);
        var foreign = services.Access.IsForeignPage(context);
        if (foreign && request.LastEventId is null && request.History > 0)
        {
            return Problems.Refused(StatusCodes.Status403Forbidden, AccessRules.ForeignReading);
        }

        if (!services.Places.TryTake())
        {
            return Problems.Unavailable("This gateway has as many listeners as Webstream__Listeners__Max allows. Try another one, or later.");
        }

        var end = ListenerEnd.Gone;
        var draining = services.Drain.Join();
        services.Metrics.Connected();
        using var use = services.Idle.Hold();
        using var lease = services.Hubs.Take(request.Stream);
        var session = new StreamSession(context, request, lease.Hub, foreign, services.Options.Value, services.Time, draining);
        try
        {
            Open(context);
            end = await session.RunAsync();
        }
        catch (OperationCanceledException) when (draining.IsCancellationRequested)
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
            services.Places.GiveBack();
            services.Metrics.Ended(end);
        }

        if (end == ListenerEnd.TooSlow || !session.MayWriteOn)
        {
            // What is still in the way of the connection may be half a message: the client resumes by the id of the last whole one.
            context.Abort();
        }
        else if (end == ListenerEnd.Draining)
        {
            // Few come back at once without harm, many must be spread.
            var longest = Math.Clamp(MillisecondsForEach * services.Drain.Listeners, 2 * ShortestDrainRetryMilliseconds, LongestDrainRetryMilliseconds);
            var retry = RandomNumberGenerator.GetInt32(ShortestDrainRetryMilliseconds, longest);
            await context.Response.BodyWriter.WriteAsync(Encoding.ASCII.GetBytes($"retry: {retry}\n\n"), CancellationToken.None);
        }

        return Results.Empty;
    }

    private static void Open(HttpContext context)
    {
        var response = context.Response;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache, no-transform";
        // nginx and its kin buffer answers unless they are told not to.
        response.Headers["X-Accel-Buffering"] = "no";
        // The policy says it only to those who name an origin; the original said it to everybody.
        response.Headers.AccessControlAllowOrigin = "*";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
    }
}

/// <summary>What listening needs.</summary>
internal sealed record ListeningServices(
    StreamHubs Hubs,
    ListenerPlaces Places,
    AccessRules Access,
    IOptions<ListenerOptions> Options,
    DrainWaves Drain,
    IdleClock Idle,
    GatewayMetrics Metrics,
    TimeProvider Time);
