using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>A stream, for an answer.</summary>
internal sealed record StreamView
{
    public required string Name { get; init; }

    [Description("Its newest id; 0-0 when nobody has pushed to it.")]
    public required string Head { get; init; }

    [Description("How many listen to it now, on all gateways.")]
    public required int Clients { get; init; }

    [Description("How many of them are pages of unknown origin; left out when there are none.")]
    public int? Foreign { get; init; }

    [Description("On how many gateways they are, if on several.")]
    public int? Gateways { get; init; }

    [Description("How many messages can be read.")]
    public required long Retained { get; init; }

    [Description("When its newest message was pushed.")]
    public string? LastMessageAt { get; init; }

    [Description("True when it is closed and takes no more messages.")]
    public bool? Ended { get; init; }

    public static StreamView Of(StreamSummary summary) => new()
    {
        Name = summary.Name.Value,
        Head = summary.Head.ToString(),
        Clients = summary.Clients,
        Foreign = summary.Foreign > 0 ? summary.Foreign : null,
        Gateways = summary.Gateways > 1 ? summary.Gateways : null,
        Retained = summary.Retained,
        LastMessageAt = summary.LastMessageAt is { } last ? Timestamp.Format(last) : null,
        Ended = summary.Ended,
    };

    /// <summary>The stream in one line.</summary>
    public string Line() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Name}: {Clients} listening{(Gateways is null ? "" : $" on {Gateways} gateways")}, {Retained} messages kept, head {Head}{(LastMessageAt is null ? "" : $", last message {LastMessageAt}")}{(Ended == true ? ", closed: it takes no more messages" : "")}");
}

/// <summary>One stream.</summary>
internal sealed record StreamStatusResult : ToolResult
{
    public required StreamView Stream { get; init; }

    [Description("The pages that a person can open to see the stream.")]
    public required IReadOnlyList<string> Open { get; init; }

    [Description("The same as Server-Sent Events, for programs.")]
    public string? Events { get; init; }
}

/// <summary><c>stream_status</c>.</summary>
internal sealed class StreamStatusTool(IGatewaySource source)
{
    [McpServerTool(Name = "stream_status", Title = "Status of a stream", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false,
        UseStructuredContent = true, OutputSchemaType = typeof(StreamStatusResult))]
    [Description("Tells how many listen to a stream now, how much of its history is kept, its newest id, and which page to open.")]
    public async Task<CallToolResult> DescribeAsync(
        [Description(ArgumentTexts.Stream)]
        [RegularExpression(ArgumentPatterns.Stream)]
        string stream = "main",
        [Description(ArgumentTexts.Port)]
        [Range(1, 65535)]
        int port = 0,
        CancellationToken cancellationToken = default)
    {
        var name = StreamName.Parse(stream);
        var target = await source.ResolveAsync(null, ArgumentTexts.Said(port, source), cancellationToken);
        var result = new StreamStatusResult
        {
            Stream = StreamView.Of(await target.Webstream.DescribeAsync(name, cancellationToken)),
            Open = OpenAddresses.Dashboards(target, name),
            Events = OpenAddresses.Events(target, name),
            Notes = ToolResult.Some(target.Notes),
        };
        var text = $"{result.Stream.Line()}\nActive clients: {result.Stream.Clients}\n{ForeignPages.Line(result.Stream.Foreign)}"
            + OpenAddresses.Line(result.Open)
            + (result.Events is null ? "" : $"Event stream: {result.Events}\n")
            + NoteLines.Of(result.Notes);
        return ToolAnswer.Of(text.TrimEnd('\n'), result, ToolJson.Instance.StreamStatusResult);
    }
}
