using Microsoft.Extensions.Options;
using Webstream.Gateway.Access;
using Webstream.Gateway.Audit;
using Webstream.Gateway.Bodies;
using Webstream.Gateway.Errors;
using Webstream.Gateway.Pushing;

namespace Webstream.Gateway.Sessions;

/// <summary><c>POST /api/tickets</c>: for an <c>EventSource</c> elsewhere, which can send no key.</summary>
internal static class TicketEndpoint
{
    public static void MapTickets(this IEndpointRouteBuilder api) => api.MapPost("/tickets", MakeAsync)
        .Needs(AccessAction.Ticket)
        .WithTags("Sessions")
        .WithSummary("Make a ticket with which somebody may listen to a stream, as /stream?ticket=. It begins one connection, within a minute.")
        .WithDescription("application/json: {\"stream\"}. Needs a key, a token or a session that may listen to the stream.")
        .Produces<MadeTicket>()
        .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(408).ProducesProblem(413).ProducesProblem(415).ProducesProblem(503);

    private static async Task<IResult> MakeAsync(HttpContext context, PassDesk desk, BodyReader bodies, LateCheck check, IOptions<PushOptions> options)
    {
        if (PushKinds.Of(context.Request) is not PushKind.Json || !PushKinds.IsPlain(context.Request))
        {
            return Problems.Refused(StatusCodes.Status415UnsupportedMediaType, "The content type is application/json, in UTF-8 and not compressed.");
        }

        var stream = TicketBody.Parse(await bodies.ReadAsync(context, TicketBody.MaxBytes, options.Value.BodyTime));
        AuditNotes.Add(context, "ticket for", stream);
        var caller = await check.DemandAsync(context, stream);
        var (secret, pass) = await desk.MakeTicketAsync(caller.Key!, stream);
        return TypedResults.Json(new MadeTicket(secret, stream.Value, pass.Expires), SessionAnswersJson.Default.MadeTicket);
    }
}
