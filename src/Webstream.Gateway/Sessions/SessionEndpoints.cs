using Webstream.Gateway.Access;
using Webstream.Gateway.Errors;
using Webstream.Gateway.Passes;
using Webstream.Protocol;

namespace Webstream.Gateway.Sessions;

/// <summary><c>/api/session</c>: a browser's session, in a cookie that scripts cannot read.</summary>
internal static class SessionEndpoints
{
    public static IServiceCollection AddSessions(this IServiceCollection services) => services.AddSingleton<PassDesk>();

    public static void MapSessions(this IEndpointRouteBuilder api)
    {
        var session = api.MapGroup("/session").WithTags("Sessions");
        session.MapPost("", BeginAsync)
            .Needs(AccessAction.BeginSession)
            .WithSummary("Begin a session with the rights of a key or a token: the answer sets a cookie, for pages of the gateway itself.")
            .Produces<ShownSession>()
            .ProducesProblem(401).ProducesProblem(403).ProducesProblem(503);
        session.MapGet("", (HttpContext context) => Caller.Of(context) is { Key: { IsBySession: true } key }
                ? TypedResults.Json(ShownSession.Of(key), SessionAnswersJson.Default.ShownSession)
                : Caller.Of(context) is { KeyState: KeyState.Unknown } ? Problems.Unavailable(RefusalTexts.UnknownSession)
                : (IResult)TypedResults.Json(ShownSession.None, SessionAnswersJson.Default.ShownSession))
            .Needs(AccessAction.OwnSession)
            .AlsoHead()
            .WithSummary("Whose session the cookie is, and what it gives.")
            .Produces<ShownSession>()
            .ProducesProblem(503);

        // A client that hangs up does not take its request back.
        session.MapDelete("", EndAsync)
            .Needs(AccessAction.OwnSession)
            .WithSummary("End the session of the cookie, and take the cookie back.")
            .Produces<EndedSession>()
            .ProducesProblem(503);
    }

    private static async Task<IResult> BeginAsync(HttpContext context, PassDesk desk, SessionCookie cookie, TimeProvider time)
    {
        // Only a browser has an origin. What another page's browser keeps, it would not send for that page, or it would not count.
        if (context.Request.Headers.Origin.Count > 0 && !cookie.IsOwnPage(context.Request))
        {
            return Problems.Refused(
                StatusCodes.Status403Forbidden,
                "A session is for the gateway's own pages. Other pages send a key with each request, and listen by a ticket (POST /api/tickets).");
        }

        var (secret, pass) = await desk.BeginSessionAsync(Caller.Of(context).Key!);
        cookie.Write(context, secret, pass.Latest - time.GetUtcNow());
        return TypedResults.Json(ShownSession.Of(Caller.Of(context).Key!.BySession(pass)), SessionAnswersJson.Default.ShownSession);
    }

    private static async Task<IResult> EndAsync(HttpContext context, PassDesk desk, SessionCookie cookie)
    {
        var caller = Caller.Of(context);
        if (caller.KeyState == KeyState.Unknown)
        {
            return Problems.Unavailable("The session was not ended: the sessions cannot be had. Try again in a moment.");
        }

        var isEnded = caller.Key is { IsBySession: true };
        if (isEnded)
        {
            await desk.EndSessionAsync(caller.Key!.Session!);
        }

        if (isEnded || caller.KeyState == KeyState.WrongSession)
        {
            cookie.Clear(context);
        }

        return TypedResults.Json(new EndedSession("success", isEnded), SessionAnswersJson.Default.EndedSession);
    }
}
