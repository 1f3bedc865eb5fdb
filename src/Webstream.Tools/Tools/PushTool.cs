using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>The result of a push. What goes without saying is left out: a push that was heard is the frequent one, and it costs a model little.</summary>
internal sealed record PushResult : ToolResult
{
    [Description("Always success: a push that failed is an error.")]
    public required string Status { get; init; }

    [Description("How many were listening to the stream, on all gateways, at the moment of the push.")]
    public required int Clients { get; init; }

    [Description("The message's id: the cursor after which read_stream finds what came later.")]
    public required string Id { get; init; }

    [Description("How many of the clients are pages of unknown origin; left out when there are none.")]
    public int? Foreign { get; init; }

    [Description("On how many gateways the clients were, if on several.")]
    public int? Gateways { get; init; }

    [Description("True when the idempotencyKey had been used: then nothing was pushed again.")]
    public bool? Duplicate { get; init; }

    [Description("False for some seconds after a failure in the cluster, while clients may still be too low.")]
    public bool? Settled { get; init; }

    [Description("True when a web server was started for this message.")]
    public bool? ServerStarted { get; init; }

    [Description("The stream, when nobody listened to it.")]
    public string? Stream { get; init; }

    [Description("The pages that a person can open to see the stream, when nobody listened to it.")]
    public IReadOnlyList<string>? Open { get; init; }

    [Description("Nobody saw the message, and what to do about it.")]
    public string? Warning { get; init; }

    [Description("The port of another gateway on this machine, where somebody does listen to this stream.")]
    public int? OtherPort { get; init; }

    [Description("How many listen there.")]
    public int? OtherClients { get; init; }
}

/// <summary><c>push_stream</c>, with the original's contract.</summary>
internal sealed class PushTool(IGatewaySource source, OwnMessages? own)
{
    [McpServerTool(Name = "push_stream", Title = "Push a message to listeners", ReadOnly = false, Destructive = false, Idempotent = false, OpenWorld = true,
        UseStructuredContent = true, OutputSchemaType = typeof(PushResult))]
    [Description(
        "Shows a message live to everybody who has the stream open: people in browsers, programs. Use it to tell what you do, what you found, that you are done. "
        + "The answer says how many were listening (Active clients) and, if nobody was, which page the person has to open. Messages are kept for those who come later. "
        + "To get an answer use ask_stream.")]
    public async Task<CallToolResult> PushAsync(
        RequestContext<CallToolRequestParams> request,
        [Description("The text as it is shown (no Markdown, no HTML), at most 64 KiB.")]
        [StringLength(PushRules.MaxBatchBytes, MinimumLength = 1)]
        string message,
        [Description(ArgumentTexts.Port)]
        [Range(1, 65535)]
        int port = 0,
        [Description("Where a web server that has to be started listens: 127.0.0.1 (this machine) or 0.0.0.0 (all addresses). Only if the person asks.")]
        [StringLength(255)]
        string host = "",
        [Description(ArgumentTexts.Stream)]
        [RegularExpression(ArgumentPatterns.Stream)]
        string stream = "main",
        [Description("The kind of message, for programs that listen, as progress. Mostly left out.")]
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
        own?.Remember(receipt.LastId);
        var other = receipt.Clients == 0 ? await source.FindListenedAsync(target, name, cancellationToken) : null;
        var open = OpenAddresses.Dashboards(target, name);
        var isHeard = receipt.Clients > 0;
        string[] notes = receipt.Settled ? [.. target.Notes]
            : ["The count is not final: the stream has just moved, and listeners are being counted anew.", .. target.Notes];
        var result = new PushResult
        {
            Status = "success",
            Clients = receipt.Clients,
            Id = receipt.LastId.ToString(),
            Foreign = ForeignPages.In(receipt),
            Gateways = receipt.Gateways > 1 ? receipt.Gateways : null,
            Duplicate = receipt.Duplicate ? true : null,
            Settled = receipt.Settled ? null : false,
            ServerStarted = target.Started ? true : null,
            Stream = isHeard ? null : name.Value,
            Open = isHeard || open.Count == 0 ? null : open,
            Warning = isHeard ? null : NoListenersWarning.Warning(open, other, "The message is kept: whoever opens the page sees it."),
            OtherPort = other?.Port,
            OtherClients = other?.Clients,
            Notes = ToolResult.Some(notes),
        };
        return ToolAnswer.Of(Text(name, result), result, ToolJson.Instance.PushResult);
    }

    private static string Text(StreamName stream, PushResult result)
    {
        var text = new StringBuilder();
        text.Append(result.Duplicate == true
            ? $"Not pushed again to the stream {stream}: this idempotencyKey had been used. The message is there since the first time.\n"
            : $"Pushed to the stream {stream}.\n");
        text.Append($"Active clients: {result.Clients}\n");
        text.Append(ForeignPages.Line(result.Foreign));
        text.Append(result.Gateways is { } gateways ? $"Gateways: {gateways}\n" : "");
        text.Append($"Id: {result.Id}\n");
        text.Append(OpenAddresses.Line(result.Open));
        text.Append(result.ServerStarted == true ? "The web server was not running and has been started for this message.\n" : "");
        text.Append(result.Warning is null ? "" : $"Warning: {result.Warning}\n");
        return text.Append(NoteLines.Of(result.Notes)).ToString().TrimEnd('\n');
    }
}
