using Microsoft.Extensions.Options;
using Webstream.Gateway.Access;
using Webstream.Gateway.Bodies;
using Webstream.Gateway.Limits;
using Webstream.Protocol;

namespace Webstream.Gateway.Pushing;

/// <summary><c>POST /api/push</c>.</summary>
internal static class PushEndpoint
{
    public static IEndpointConventionBuilder MapPush(this IEndpointRouteBuilder api) =>
        api.MapPost("/push", PushAsync)
            .Needs(AccessAction.Publish)
            .CountsPushes()
            .WithTags("Pushing")
            .WithSummary("Push a message, or a batch, to everybody who listens to a stream.")
            .WithDescription(
                "application/json: {\"message\", \"stream\"?, \"event\"?, \"idempotencyKey\"?, \"source\"?, \"inReplyTo\"?, \"options\"?}; "
                + "text/plain: the body is the message; application/x-ndjson: one object a line, all or nothing.")
            .Produces<PushAnswer>()
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(408).ProducesProblem(409).ProducesProblem(413).ProducesProblem(415)
            .ProducesProblem(422).ProducesProblem(429).ProducesProblem(503).ProducesProblem(504);

    private static async Task<IResult> PushAsync(HttpContext context, IWebstream webstream, BodyReader bodies, IOptions<PushOptions> options)
    {
        var kind = PushKinds.Of(context.Request);
        if (kind == PushKind.Unknown || !PushKinds.IsPlain(context.Request))
        {
            return Errors.Problems.Refused(StatusCodes.Status415UnsupportedMediaType,
                "The content type is application/json, text/plain or application/x-ndjson, in UTF-8 and not compressed.");
        }

        var body = await bodies.ReadAsync(context, PushParser.MaxBodyBytes(kind, options.Value.MaxMessageBytes), options.Value.BodyTime);
        var isBatch = kind == PushKind.Batch;
        var request = PushParser.Parse(kind, body, context.Request);
        // A client that hangs up does not take its push back. The push is carried to its end, so that a hang-up never makes the outcome unknown.
        var receipt = await webstream.PushAsync(request, CancellationToken.None);
        return isBatch
            ? TypedResults.Json(BatchAnswer.From(receipt, request.Items.Count), WireJson.Instance.BatchAnswer)
            : TypedResults.Json(PushAnswer.From(receipt, request.Items[0]), WireJson.Instance.PushAnswer);
    }
}
