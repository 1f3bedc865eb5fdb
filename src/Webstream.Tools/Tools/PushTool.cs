using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>The result of a push.</summary>
internal sealed record PushResult : ToolResult
{
    [Description("Always success: a push that failed is an error.")]
    public required string Status { get; init; }

    [Description("The message's id: the cursor after which read_stream finds what came later.")]
    public required string Id { get; init; }

    public required string Timestamp { get; init; }

    public required string Stream { get; init; }

    [Description("How many were listening to the stream, on all gateways, at the moment of the push.")]
    public required int Clients { get; init; }

    [Description("How many of them are pages of unknown origin; left out when there are none.")]
    public int? Foreign { get; init; }

    [Description("On how many gateways they were.")]
    public required int Gateways { get; init; }

    [Description("Whether the idempotencyKey had been used: then nothing was pushed again.")]
    public required bool Duplicate { get; init; }

    [Description("False for some seconds after a failure in the cluster, while clients may still be too low.")]
    public required bool Settled { get; init; }

    [Description("The pages that a person can open to see the stream.")]
    public required IReadOnlyList<string> Open { get; init; }

    [Description("The same as Server-Sent Events, for programs.")]
    public string? Events { get; init; }

    [Description("Whether a web server was started for this message.")]
    public required bool ServerStarted { get; init; }

    [Description("Nobody saw the message, and what to do about it.")]
    public string? Warning { get; init; }

    [Description("The port of another gateway on this machine, where somebody does listen to this stream.")]
    public int? OtherPort { get; init; }

    [Description("How many listen there.")]
    public int? OtherClients { get; init; }
}

/// <summary><c>push_stream</c>, with the original's contract.</summary>
internal sealed class PushTool(IGatewaySource source)
{
    [McpServerTool(Name = "push_stream", Title = "Push a message to listeners", ReadOnly = false, Destructive = false, Idempotent = false, OpenWorld = true,
        UseStructuredContent = true, OutputSchemaType = typeof(PushResult))]
    [Description(
        "Shows a message live to everybody who has a stream open: people in their browser, programs over Server-Sent Events. Use it to tell people "
        + "what you are doing, what you found, or that you are done. A web server is started if none is running. The answer says how many were listening "
        + "(Active clients) and which page to open: give that address to the person when nobody is listening. The message is kept in the stream's "
        + "history, so those who come later see it too. To get an answer from a person use ask_stream.")]
    public async Task<CallToolResult> PushAsync(
        RequestContext<CallToolRequestParams> request,
        [Description("The text to show, as it is (no Markdown, no HTML), at most 64 KiB. It may have several lines.")]
        [StringLength(PushRules.MaxBatchBytes, MinimumLength = 1)]
        string message,
        [Description(ArgumentTexts.Port)]
        [Range(1, 65535)]
        int port = 0,
        [Description("Where a web server that has to be started listens: 127.0.0.1 (this machine only) or 0.0.0.0 (all its addresses). Leave it out unless the person asks for another.")]
        [StringLength(255)]
        string host = "",
        [Description(ArgumentTexts.Stream)]
        [RegularExpression(ArgumentPatterns.Stream)]
        string stream = "main",
        [Description("What kind of message it is, for programs that listen, as progress or result. The same characters as a stream's name; not resume, end, denied, error, open or close. Mostly left out.")]
        [RegularExpression(ArgumentPatterns.Event)]
        string @event = "",
        [Description(ArgumentTexts.IdempotencyKey)]
        [RegularExpression(ArgumentPatterns.Key)]
        string idempotencyKey = "",
        CancellationToken cancellationToken = default)
    {
        var name = StreamName.Parse(stream);
        var target = await source.ResolveAsync(host.Length == 0 || host == source.Defaults.Host ? null : host, ArgumentTexts.Said(port, source), cancellationToken);
        var item = new PushItem { Message = message, Event = @event.Length == 0 ? null : @event, Source = Caller.NameOf(request.Server) };
        // A caller that stops waiting does not take the push back. The push runs to its end, so that its outcome is definite.
        var receipt = await target.Webstream.PushAsync(new(name, [item], idempotencyKey.Length == 0 ? null : idempotencyKey), CancellationToken.None);
        var other = receipt.Clients == 0 ? await source.FindListenedAsync(target, name, cancellationToken) : null;
        var result = new PushResult
        {
            Status = "success",
            Id = receipt.LastId.ToString(),
            Timestamp = Timestamp.Format(receipt.Timestamp),
            Stream = name.Value,
            Clients = receipt.Clients,
            Foreign = ForeignPages.In(receipt),
            Gateways = receipt.Gateways,
            Duplicate = receipt.Duplicate,
            Settled = receipt.Settled,
            Open = OpenAddresses.Dashboards(target, name),
            Events = OpenAddresses.Events(target, name),
            ServerStarted = target.Started,
            Warning = receipt.Clients == 0 ? NoListenersWarning.Warning(OpenAddresses.Dashboards(target, name), other, "The message is kept: whoever opens the page sees it.") : null,
            OtherPort = other?.Port,
            OtherClients = other?.Clients,
            Notes = target.Notes is { Count: > 0 } notes ? notes : null,
        };
        return ToolAnswer.Of(Text(result), result, ToolJson.Instance.PushResult);
    }

    private static string Text(PushResult result)
    {
        var text = new StringBuilder();
        text.Append(result.Duplicate
            ? $"Not pushed again to the stream {result.Stream}: this idempotencyKey had been used. The message is there since the first time.\n"
            : $"Pushed to the stream {result.Stream}.\n");
        text.Append($"Active clients: {result.Clients}\n");
        text.Append(ForeignPages.Line(result.Foreign));
        text.Append(result.Settled ? "" : "The count is not final: the stream has just moved, and listeners are being counted anew.\n");
        text.Append($"Id: {result.Id}\nTimestamp: {result.Timestamp}\nGateways: {result.Gateways}\n");
        text.Append(result.Open.Count > 0 ? $"Open in a browser: {string.Join(" or ", result.Open)}\n" : "");
        text.Append(result.Events is null ? "" : $"Event stream: {result.Events}\n");
        text.Append(result.ServerStarted ? "The web server was not running and has been started for this message.\n" : "");
        text.Append(result.Warning is null ? "" : $"Warning: {result.Warning}\n");
        return text.Append(NoteLines.Of(result)).ToString().TrimEnd('\n');
    }
}
