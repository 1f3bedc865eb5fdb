using Microsoft.Extensions.Options;
using Webstream.Gateway.Access;
using Webstream.Gateway.Audit;
using Webstream.Gateway.Bodies;
using Webstream.Gateway.Errors;
using Webstream.Gateway.Pushing;
using Webstream.Grains;

namespace Webstream.Gateway.Administration;

/// <summary><c>/api/keys</c>: making, listing and revoking keys.</summary>
internal static class KeyEndpoints
{
    public static IServiceCollection AddAdministration(this IServiceCollection services) => services.AddSingleton<KeyDesk>();

    public static void MapKeys(this IEndpointRouteBuilder api)
    {
        var keys = api.MapGroup("/keys").Needs(AccessAction.Admin, "Making, listing and revoking keys").WithTags("Keys");
        keys.MapGet("", async (KeyDesk desk) => TypedResults.Json(await desk.ListAsync(), KeyAnswersJson.Default.ShownKeys))
            .WithSummary("All keys, without the keys themselves. Needs a key with the right admin.")
            .Produces<ShownKeys>()
            .ProducesProblem(401).ProducesProblem(403).ProducesProblem(503);

        // A client that hangs up does not take its request back: a key that was made shall be in the list, and a revoked one shall be gone.
        keys.MapPost("", PostAsync)
            .WithSummary("Make a key. The answer is the only one that ever holds it. A second key of a name is the same caller. Needs a key with the right admin.")
            .WithDescription(
                "application/json: {\"name\", \"publish\"?, \"subscribe\"?, \"history\"?, \"approve\"?, \"admin\"?, \"expires\"?, \"limits\"?}; "
                + "the rights are lists of stream names, or of beginnings of names and *.")
            .Produces<ShownKey>()
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(408).ProducesProblem(409).ProducesProblem(413).ProducesProblem(415).ProducesProblem(503);
        // Whoever has the key at hand and not its id means the same.
        keys.MapDelete("/{id}", async (string id, KeyDesk desk) => await desk.RevokeAsync(StoredKey.IdIn(id) ?? id)
                ? (IResult)TypedResults.Json(new RevokedKey("success", StoredKey.IdIn(id) ?? id), KeyAnswersJson.Default.RevokedKey)
                : Problems.Refused(StatusCodes.Status404NotFound, "There is no key with this id. GET /api/keys lists the keys."))
            .WithSummary("Revoke a key: its listeners end within some seconds, on every gateway. Needs a key with the right admin.")
            .Produces<RevokedKey>()
            .ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).ProducesProblem(503);
    }

    private static async Task<IResult> PostAsync(
        HttpContext context, KeyDesk desk, BodyReader bodies, LateCheck check, IOptions<PushOptions> options, TimeProvider time)
    {
        if (PushKinds.Of(context.Request) is not PushKind.Json || !PushKinds.IsPlain(context.Request))
        {
            return Problems.Refused(StatusCodes.Status415UnsupportedMediaType, "The content type is application/json, in UTF-8 and not compressed.");
        }

        var body = await bodies.ReadAsync(context, KeyBody.MaxBytes, options.Value.BodyTime);
        await check.DemandAsync(context, null);
        var made = await desk.MakeAsync(KeyBody.Parse(body, time.GetUtcNow()));
        AuditNotes.Add(context, $"key {made.Name} {made.Id}");
        return TypedResults.Json(made, KeyAnswersJson.Default.ShownKey);
    }
}
