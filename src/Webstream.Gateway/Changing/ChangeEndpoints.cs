using Microsoft.Extensions.Options;
using Webstream.Gateway.Access;
using Webstream.Gateway.Audit;
using Webstream.Gateway.Bodies;
using Webstream.Gateway.Errors;
using Webstream.Gateway.Pushing;
using Webstream.Gateway.Reading;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Changing;

/// <summary>What changes a stream besides pushes: its settings, its close and its deletion.</summary>
internal static class ChangeEndpoints
{
    public static IServiceCollection AddChanging(this IServiceCollection services) => services.AddSingleton<StreamChanges>();

    public static void MapChanging(this IEndpointRouteBuilder api)
    {
        var stream = api.MapGroup("/streams/{name}").WithTags("Changing");
        stream.MapGet("/settings", async (string name, StreamChanges changes, CancellationToken gone) =>
                TypedResults.Json(await changes.SettingsAsync(RequestedStream.From(name)).WaitAsync(gone), WireJson.Instance.SettingsRecord))
            .Needs(AccessAction.Describe)
            .AlsoHead()
            .WithSummary("The settings that hold for a stream: its own, else those that configuration gives.")
            .Produces<SettingsRecord>()
            .ProducesProblem(400).ProducesProblem(403).ProducesProblem(503);

        // A client that hangs up does not take its change back: it is carried to its end.
        var changing = stream.MapGroup("").Needs(AccessAction.Admin, "Closing and deleting streams and setting their settings");
        changing.MapPut("/settings", PutAsync)
            .WithSummary("Set a stream's own settings, also before its first message. They stay when its history ends. Needs a key.")
            .WithDescription(
                "application/json: {\"retainedMessages\"?, \"retainedBytes\"?, \"retention\"?, \"description\"?, \"read\"?: \"open\" or \"key\", "
                + "\"write\"?: \"loopback\", \"key\" or \"open\", \"listed\"?}; what is absent stays as it is, null is what configuration says.")
            .Produces<SettingsRecord>()
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(408).ProducesProblem(409).ProducesProblem(413).ProducesProblem(503).ProducesProblem(504);
        changing.MapPost("/close", async (string name, StreamChanges changes) =>
                TypedResults.Json(await changes.CloseAsync(RequestedStream.From(name)), WireJson.Instance.CloseAnswer))
            .WithSummary("Close a stream: listeners get an event end and are disconnected, and pushes are refused from then on. Needs a key.")
            .Produces<CloseAnswer>()
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(503).ProducesProblem(504);
        changing.MapDelete("", async (string name, StreamChanges changes) =>
                TypedResults.Json(await changes.DeleteAsync(RequestedStream.From(name)), WireJson.Instance.DeleteAnswer))
            .WithSummary("Delete a stream's history, and open it again if it was closed. Its settings stay. Needs a key.")
            .Produces<DeleteAnswer>()
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(503).ProducesProblem(504);
    }

    private static async Task<IResult> PutAsync(
        HttpContext context, string name, StreamChanges changes, BodyReader bodies, LateCheck check, IOptions<PushOptions> options)
    {
        var stream = RequestedStream.From(name);
        if (PushKinds.Of(context.Request) is not PushKind.Json || !PushKinds.IsPlain(context.Request))
        {
            return Problems.Refused(StatusCodes.Status415UnsupportedMediaType, "The content type is application/json, in UTF-8 and not compressed.");
        }

        var asked = SettingsBody.Parse(await bodies.ReadAsync(context, SettingsBody.MaxBytes, options.Value.BodyTime));
        await check.DemandAsync(context, stream);
        if (asked.Rule.Members != RuleMembers.None)
        {
            AuditNotes.Add(context, $"{asked.Rule.Members} of {stream} to {RuleJson.Write(asked.Rule.Values)}");
        }

        return TypedResults.Json(await changes.ChangeSettingsAsync(stream, asked), WireJson.Instance.SettingsRecord);
    }
}
