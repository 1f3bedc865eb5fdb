using System.ComponentModel;
using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>Status and history, for clients that let a person attach them to a conversation.</summary>
internal sealed class StreamResources(IGatewaySource source)
{
    private const int MaxMessages = 50;
    private const string Json = "application/json";
    private const string Plain = "text/plain";

    [McpServerResource(UriTemplate = "webstream://status", Name = "status", Title = "Status of the stream main", MimeType = Json)]
    [Description("How many listen to the stream main now, and how much of its history is kept.")]
    public Task<ResourceContents> MainStatusAsync(CancellationToken cancellationToken) =>
        StatusAsync("webstream://status", StreamName.Main, cancellationToken);

    [McpServerResource(UriTemplate = "webstream://history", Name = "history", Title = "History of the stream main", MimeType = Plain)]
    [Description("The newest messages of the stream main.")]
    public Task<ResourceContents> MainHistoryAsync(CancellationToken cancellationToken) =>
        HistoryAsync("webstream://history", StreamName.Main, cancellationToken);

    [McpServerResource(UriTemplate = "webstream://streams/{stream}/status", Name = "stream-status", Title = "Status of a stream", MimeType = Json)]
    [Description("How many listen to a stream now, and how much of its history is kept.")]
    public Task<ResourceContents> StreamStatusAsync(string stream, CancellationToken cancellationToken) =>
        StatusAsync($"webstream://streams/{stream}/status", NameOf(stream), cancellationToken);

    [McpServerResource(UriTemplate = "webstream://streams/{stream}/history", Name = "stream-history", Title = "History of a stream", MimeType = Plain)]
    [Description("The newest messages of a stream.")]
    public Task<ResourceContents> StreamHistoryAsync(string stream, CancellationToken cancellationToken) =>
        HistoryAsync($"webstream://streams/{stream}/history", NameOf(stream), cancellationToken);

    /// <summary>
    /// Puts the resource's address into an answer or an error exactly as the client wrote it, because the client knows the resource by that
    /// text: MCP 2026-07-28, resources, error handling.
    /// </summary>
    public static McpRequestHandler<ReadResourceRequestParams, ReadResourceResult> NamingTheUri(McpRequestHandler<ReadResourceRequestParams, ReadResourceResult> next) =>
        async (request, cancellationToken) =>
        {
            try
            {
                var result = await next(request, cancellationToken);
                foreach (var content in result.Contents)
                {
                    content.Uri = request.Params.Uri;
                }

                return result;
            }
            catch (McpProtocolException failure)
            {
                failure.Data["uri"] = request.Params.Uri;
                throw;
            }
        };

    private Task<ResourceContents> StatusAsync(string uri, StreamName stream, CancellationToken cancellationToken) => CarryOutAsync(async () =>
    {
        var target = await source.ResolveAsync(null, null, cancellationToken);
        var result = new StreamStatusResult
        {
            Stream = StreamView.Of(await target.Webstream.DescribeAsync(stream, cancellationToken)),
            Open = OpenAddresses.Dashboards(target, stream),
            Events = OpenAddresses.Events(target, stream),
        };
        return new TextResourceContents { Uri = uri, MimeType = Json, Text = JsonSerializer.Serialize(result, ToolJson.Instance.StreamStatusResult) };
    });

    private Task<ResourceContents> HistoryAsync(string uri, StreamName stream, CancellationToken cancellationToken) => CarryOutAsync(async () =>
    {
        var target = await source.ResolveAsync(null, null, cancellationToken);
        var head = (await target.Webstream.DescribeAsync(stream, cancellationToken)).Head;
        var before = head with { Sequence = Math.Max(0, head.Sequence - MaxMessages) };
        var messages = (await target.Webstream.ReadAsync(new(stream, before, MaxMessages), cancellationToken)).Messages;
        var views = MessageViews.Last(messages, await QuestionOptions.OfAsync(target.Webstream, messages, cancellationToken));
        var text = views.Count == 0
            ? $"There are no messages in the stream {stream}.\n"
            : $"The newest {views.Count} of {head.Sequence} messages of the stream {stream}, oldest first.\n{UntrustedBlock.Around(views, Fence.For(views))}"
                + string.Concat(ViewNotes.Of(target, messages, views).Select(note => $"Note: {note}\n"));
        return new TextResourceContents { Uri = uri, MimeType = Plain, Text = text };
    });

    private static StreamName NameOf(string text) =>
        StreamName.TryParse(text, out var name)
            ? name
            : throw new McpProtocolException($"A stream name is {StreamName.Rule}.", McpErrorCode.InvalidParams);

    private static async Task<ResourceContents> CarryOutAsync(Func<Task<TextResourceContents>> read)
    {
        try
        {
            return await read();
        }
        catch (WebstreamException failure)
        {
            throw new McpProtocolException(FailureText.Of(failure), McpErrorCode.InternalError);
        }
    }
}
