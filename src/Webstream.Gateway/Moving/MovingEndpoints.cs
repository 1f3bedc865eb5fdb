using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Webstream.Gateway.Access;
using Webstream.Gateway.Audit;
using Webstream.Gateway.Errors;
using Webstream.Protocol;

namespace Webstream.Gateway.Moving;

/// <summary><c>POST /api/history/…</c>: whole histories, out of this cluster and into it. For whoever has the key, or the gateway's own secret.</summary>
internal static class MovingEndpoints
{
    public static IServiceCollection AddMoving(this IServiceCollection services)
    {
        services.AddSingleton<GrainMove>();
        return services;
    }

    public static IEndpointConventionBuilder MapMoving(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/history").Needs(AccessAction.Admin, "Moving whole histories").WithTags("Operations");
        group.MapPost("/export", ExportAsync)
            .WithSummary("The histories, a message a line. stream names one alone. final=true ends the pushes to them: they go on where this is imported.")
            .Produces<string>(200, HistoryLines.MediaType).ProducesProblem(400).ProducesProblem(401).ProducesProblem(503);
        group.MapPost("/import", ImportAsync)
            .WithSummary("Puts an export into streams that have no messages, with its ids, or under new epochs if the export was not final.")
            .Accepts<string>(HistoryLines.MediaType)
            .Produces<ImportAnswer>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(408).ProducesProblem(409).ProducesProblem(503);
        group.MapPost("/renew", RenewAsync)
            .WithSummary("Begins a new epoch for every stream, after an older copy of the history was put back.")
            .Produces<RenewAnswer>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(503);
        return group;
    }

    private static PushStreamHttpResult ExportAsync(HttpContext context, string? stream, bool? final, GrainMove store, TimeProvider time)
    {
        StreamName? only = string.IsNullOrEmpty(stream) ? null : RequestedStream.From(stream);
        AuditNotes.Add(context, $"{(final == true ? "final export" : "export")} of {(only is { } one ? one.Value : "all streams")}");
        // What breaks in the middle shows by the missing last line.
        return TypedResults.Stream(
            output => HistoryLines.WriteAsync(store, only, final == true, output, time, context.RequestAborted), HistoryLines.MediaType);
    }

    private static async Task<IResult> ImportAsync(HttpContext context, GrainMove store, LateCheck check)
    {
        // As long as it is: the lines are read one by one.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = null;
        }

        var import = new HistoryImport(store, async () => await check.DemandAsync(context, null));
        try
        {
            return TypedResults.Json(await import.ReadAsync(context.Request.Body, context.RequestAborted), MovingJson.Wire.ImportAnswer);
        }
        catch (BadHttpRequestException stalled) when (stalled.StatusCode == StatusCodes.Status408RequestTimeout)
        {
            return Problems.Refused(
                StatusCodes.Status408RequestTimeout, "The lines came too slowly. What came is in; the stream at which they break off takes no pushes until it is imported whole: import again.");
        }
    }

    private static async Task<IResult> RenewAsync(GrainMove store, CancellationToken gone)
    {
        try
        {
            return TypedResults.Json(new RenewAnswer(await store.RenewAsync(gone)), MovingJson.Wire.RenewAnswer);
        }
        catch (NotSupportedException)
        {
            return Problems.Refused(StatusCodes.Status400BadRequest, "This history is not on disk: there is no file that an older copy could have replaced.");
        }
    }
}

/// <summary>The answer to a renewal.</summary>
/// <param name="Streams">How many streams began a new epoch.</param>
internal sealed record RenewAnswer(int Streams);
