using System.Globalization;
using Webstream.Gateway.Access;
using Webstream.Gateway.Errors;
using Webstream.Gateway.Memory;
using Webstream.Protocol;

namespace Webstream.Gateway.Reading;

/// <summary><c>GET /api/streams</c> and what is below it.</summary>
internal static class ReadEndpoints
{
    public static IEndpointConventionBuilder MapReading(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/streams").Holds(GatewayMemory.HeldRequest).WithTags("Reading");
        group.MapGet("", async (HttpContext context, string? prefix, string? after, string? limit, VisibleStreams streams, CancellationToken gone) =>
            {
                var request = new StreamListRequest(
                    Prefix(prefix),
                    string.IsNullOrEmpty(after) ? null : RequestedStream.From(after),
                    (int)Number("limit", limit, StreamListRequest.MaxLimit, 1, StreamListRequest.MaxLimit, NumberStyles.None));
                return TypedResults.Bytes((await streams.ListAsync(Caller.Of(context), request).WaitAsync(gone)).Json, "application/json; charset=utf-8");
            })
            .WithSummary("The streams that have history or listeners, ordered by name, at most 1,000 at a time; next is the after of the next page.")
            .Needs(AccessAction.List)
            .Produces<StreamList>()
            .ProducesProblem(400).ProducesProblem(503);
        group.MapGet("/{name}", async (string name, IWebstream webstream, CancellationToken gone) =>
                TypedResults.Json(await webstream.DescribeAsync(RequestedStream.From(name), gone), WireJson.Instance.StreamSummary))
            .WithSummary("One stream: its head, its listeners, what can be replayed.")
            .Needs(AccessAction.Describe)
            .Produces<StreamSummary>();
        group.MapGet("/{name}/messages", async (HttpContext context, string name, string? after, string? limit, string? wait, string? inReplyTo,
                IWebstream webstream, IHostApplicationLifetime lifetime) =>
            {
                var request = new ReadRequest(
                    RequestedStream.From(name),
                    Id("after", after),
                    (int)Number("limit", limit, ReadRequest.DefaultLimit, 1, ReadRequest.MaxLimit, NumberStyles.None),
                    TimeSpan.FromSeconds(Number("wait", wait, 0, 0, ReadRequest.MaxWait.TotalSeconds)),
                    Id("inReplyTo", inReplyTo));
                // A shutdown must not wait for reads that wait.
                using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
                return await ReadAsync(context, webstream, request, either.Token);
            })
            .WithSummary("Messages of a stream after an id, with the cursor to go on from; wait holds the answer until there is something new.")
            .Needs(AccessAction.History)
            .Produces<ReadPage>()
            .ProducesProblem(400).ProducesProblem(403).ProducesProblem(429).ProducesProblem(503);
        return group;
    }

    private static async Task<IResult> ReadAsync(HttpContext context, IWebstream webstream, ReadRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var page = await webstream.ReadAsync(request, cancellationToken);
            var weight = GatewayMemory.WeightOfMessages(page.Messages.Count, page.Messages.Sum(message => (long)message.Size));
            return HeldRequests.Answer(context, weight, () => TypedResults.Json(page, WireJson.Instance.ReadPage));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Errors.Problems.Unavailable("This gateway is shutting down. Ask again with the same cursor.");
        }
    }

    private static string Prefix(string? text) =>
        StreamListRequest.IsPrefix(text ?? "") ? text ?? "" : throw new WebstreamException(WebstreamError.Invalid, $"prefix is {StreamListRequest.PrefixRule}.");

    private static EventId? Id(string name, string? text) =>
        string.IsNullOrEmpty(text) ? null
        : EventId.TryParse(text, out var id) ? id
        : throw new WebstreamException(WebstreamError.Invalid, $"{name} is the id of a message, as <epoch>-<sequence>.");

    private static double Number(string name, string? text, double usual, double least, double most, NumberStyles style = NumberStyles.AllowDecimalPoint) =>
        string.IsNullOrEmpty(text) ? usual
        : double.TryParse(text, style, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
        : throw new WebstreamException(WebstreamError.Invalid, string.Create(CultureInfo.InvariantCulture, $"{name} is a {(style == NumberStyles.None ? "whole " : "")}number from {least} to {most}."));
}
