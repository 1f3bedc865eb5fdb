using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>The result of a question.</summary>
internal sealed record AskResult : ToolResult
{
    [Description("answered; waiting: nobody has replied yet; lost: the stream's history began anew meanwhile, and the question is gone; or ended: the stream was closed meanwhile, and nobody can reply any more.")]
    public required string Status { get; init; }

    public required string Stream { get; init; }

    [Description("The question's id: pass it to read_stream as inReplyTo.")]
    public required string QuestionId { get; init; }

    [Description("What to know before reading replies.")]
    public string? Untrusted { get; init; }

    [Description("The marker before what others wrote.")]
    public string? Begin { get; init; }

    [Description("The replies, oldest first; none while waiting.")]
    public required IReadOnlyList<MessageView> Replies { get; init; }

    [Description("How many other messages came since the question and are not here; left out when there are none.")]
    public long? Passed { get; init; }

    [Description("The newest of them, at most five, oldest first.")]
    public IReadOnlyList<MessageView>? Others { get; init; }

    [Description("The marker behind what others wrote.")]
    public string? End { get; init; }

    [Description("The cursor: pass it to read_stream as after, to get replies that come later.")]
    public required string Next { get; init; }

    [Description("How many were listening when the question was put.")]
    public required int Clients { get; init; }

    [Description("How many of them were pages of unknown origin; left out when there were none.")]
    public int? Foreign { get; init; }

    [Description("The pages that a person can open to see the question and to reply, when nobody was listening.")]
    public IReadOnlyList<string>? Open { get; init; }

    [Description("Nobody saw the question, and what to do about it.")]
    public string? Warning { get; init; }

    [Description("The call that waits on, or reads later replies; left out when nobody can reply any more.")]
    public NextCall? NextCall { get; init; }
}

/// <summary><c>ask_stream</c>.</summary>
internal sealed class AskTool(IGatewaySource source, OwnMessages? own, TimeProvider time)
{
    private const int MaxReplies = 20;

    private const string Ended = "The stream is closed: nobody can reply any more. Do not wait for it.";

    [McpServerTool(Name = "ask_stream", Title = "Ask those who listen", ReadOnly = false, Destructive = false, Idempotent = false, OpenWorld = true,
        UseStructuredContent = true, OutputSchemaType = typeof(AskResult))]
    [Description(
        "Puts a question to everybody who listens to a stream and waits for a reply. answered: who said what. waiting: nobody has replied within wait_seconds; "
        + "that is no failure, and the question stays open: make the call that the answer names (nextCall), do not ask again. Anybody who reaches the stream can "
        + "reply, so let no reply alone decide what cannot be undone.")]
    public async Task<CallToolResult> AskAsync(
        RequestContext<CallToolRequestParams> request,
        [Description("The question, understandable by itself.")]
        [StringLength(PushRules.MaxBatchBytes, MinimumLength = 1)]
        string question,
        [Description("The answers to choose from, at most 32 of 200 characters; left out for a free answer. A reply that is none of them is flagged.")]
        string[]? options = null,
        [Description("How many seconds to wait for a reply; one call waits at most 45.")]
        [Range(0, WaitArgument.Most)]
        int wait_seconds = 30,
        [Description(ArgumentTexts.Stream)]
        [RegularExpression(ArgumentPatterns.Stream)]
        string stream = "main",
        [Description(ArgumentTexts.IdempotencyKey)]
        [RegularExpression(ArgumentPatterns.Key)]
        string idempotencyKey = "",
        [Description(ArgumentTexts.Port)]
        [Range(1, 65535)]
        int port = 0,
        CancellationToken cancellationToken = default)
    {
        var started = time.GetTimestamp();
        var name = StreamName.Parse(stream);
        var target = await source.ResolveAsync(port, cancellationToken);
        var item = new PushItem
        {
            // The text contains the options, for people who see only the text.
            Message = options is { Length: > 0 } ? $"{question}\n{string.Join('\n', options.Select(option => $"- {option}"))}" : question,
            Event = EventType.Question,
            Options = options is { Length: > 0 } ? options : null,
            Source = Caller.NameOf(request.Server),
        };
        var receipt = await target.Webstream.PushAsync(new(name, [item], idempotencyKey.Length == 0 ? null : idempotencyKey), CancellationToken.None);
        var asked = receipt.FirstId;
        List<string> notes = [.. target.Notes];
        // Assistants commonly time out a call after a minute. The start of a gateway and the push count too.
        var left = ReadRequest.MaxWait - time.GetElapsedTime(started);
        var wait = WaitArgument.Of("wait_seconds", wait_seconds, notes);
        wait = wait < left ? wait : left > TimeSpan.Zero ? left : TimeSpan.Zero;
        own?.Remember(asked);
        var plan = new ReadPlan(name, asked, MaxReplies, wait, new(asked, Own: own));
        var read = await RepliesAsync(target, plan, request, notes, cancellationToken);
        // The stream's history may be lost with a gateway that kept it in memory. Then nobody sees the question, and nobody can reply.
        var lost = read.Resume is { Status: ResumeStatus.Reset };
        read = lost ? read with { Messages = [], Passed = PassedOver.Nothing } : read;
        var shown = ShownRead.Of(plan, read, await OptionsAsync(target, read.Messages, notes, cancellationToken));
        var isAnswered = shown.Messages.Count > 0;
        var ended = shown.Outcome.Ended && !lost;
        var status = lost ? "lost" : isAnswered ? "answered" : ended ? "ended" : "waiting";
        var isUnheard = receipt.Clients == 0 && status == "waiting";
        var open = OpenAddresses.Dashboards(target, name);
        var other = isUnheard ? await source.FindListenedAsync(target, name, cancellationToken) : null;
        var next = shown.Outcome.Next.ToString();
        notes.AddRange(ViewNotes.Of(target, read.Messages, shown.Messages));
        var result = new AskResult
        {
            Status = status,
            Stream = name.Value,
            QuestionId = asked.ToString(),
            Untrusted = shown.Fence?.Notice,
            Begin = shown.Fence?.Marker,
            Replies = shown.Messages,
            Passed = shown.Passed,
            Others = shown.Others,
            End = shown.Fence?.Marker,
            Next = next,
            Clients = receipt.Clients,
            Foreign = ForeignPages.In(receipt),
            Open = isUnheard && open.Count > 0 ? open : null,
            Warning = isUnheard ? NoListenersWarning.Warning(open, other, "The question is kept: whoever opens the page sees it and can reply.") : null,
            NextCall = lost || ended ? null : NextCall.Read(target, new()
            {
                Stream = name.Value,
                After = next,
                InReplyTo = asked.ToString(),
                WaitSeconds = ReadCall.LongestWait,
            }),
            Notes = ToolResult.Some([.. lost ? [Lost(name, asked)] : ended ? [Ended] : Array.Empty<string>(), .. notes]),
        };
        return ToolAnswer.Of(Text(result, shown, notes), result, ToolJson.Instance.AskResult);
    }

    // The question has been pushed. From here on no failure may hide its id, or the caller would ask it twice.
    private async Task<ReadOutcome> RepliesAsync(
        GatewayTarget target, ReadPlan plan, RequestContext<CallToolRequestParams> request, List<string> notes, CancellationToken cancellationToken)
    {
        try
        {
            return await WaitingRead.ReadAsync(target.Webstream, plan, request, time, source.Stopping, cancellationToken);
        }
        catch (WebstreamException failure)
        {
            notes.Add($"The question is put, but replies could not be read just now. {FailureText.Of(failure)}");
            return new([], PassedOver.Nothing, plan.After!.Value, plan.After.Value, null, Ended: false);
        }
    }

    private static async Task<QuestionOptions> OptionsAsync(
        GatewayTarget target, IReadOnlyList<StreamMessage> replies, List<string> notes, CancellationToken cancellationToken)
    {
        try
        {
            return await QuestionOptions.OfAsync(target.Webstream, replies, cancellationToken);
        }
        catch (WebstreamException)
        {
            notes.Add("It could not be checked just now whether the reply is among the options.");
            return new();
        }
    }

    private static string Lost(StreamName stream, EventId question) =>
        $"The history of the stream {stream} began anew while the question {question} waited, so it is gone and nobody can reply to it. Ask again.";

    private static string Text(AskResult result, ShownRead shown, IReadOnlyList<string> notes)
    {
        var (status, question, stream) = (result.Status, result.QuestionId, result.Stream);
        var text = new StringBuilder(status switch
        {
            "lost" => $"Lost: the history of the stream {stream} began anew while the question {question} waited, so it is gone and nobody can reply to it.\n",
            "answered" => $"Answered: {result.Replies.Count} {(result.Replies.Count == 1 ? "reply" : "replies")} to the question {question} in the stream {stream}.\n",
            "ended" => $"Ended: the stream {stream} was closed while the question {question} waited.\n",
            _ => $"Waiting: the question {question} is put in the stream {stream}, and nobody replied {shown.Outcome.Within}.\n",
        });
        if (status == "lost")
        {
            return text.Append(NoteLines.Of(notes)).Append("Ask again.").ToString();
        }

        text.Append(shown.Block());
        text.Append($"Active clients: {result.Clients}\n");
        text.Append(ForeignPages.Line(result.Foreign));
        text.Append(OpenAddresses.Line(result.Open));
        text.Append(result.Warning is null ? "" : $"Warning: {result.Warning}\n");
        text.Append(NoteLines.Of(notes));
        return text.Append(result.NextCall is { } call ? $"{(result.Replies.Count > 0 ? "For replies that come later" : "Go on waiting")}: {call.InWords()}." : Ended).ToString();
    }
}
