using System.ComponentModel;

namespace Webstream.Tools;

/// <summary>A page of a stream.</summary>
internal sealed record ReadResult : ToolResult
{
    public required string Stream { get; init; }

    [Description("What to know before reading messages.")]
    public string? Untrusted { get; init; }

    [Description("The marker before what others wrote.")]
    public string? Begin { get; init; }

    [Description("The messages, oldest first.")]
    public required IReadOnlyList<MessageView> Messages { get; init; }

    [Description("How many other messages came between after and next that the filters left out.")]
    public long? Passed { get; init; }

    [Description("The newest of them, at most five, oldest first.")]
    public IReadOnlyList<MessageView>? Others { get; init; }

    [Description("The marker behind what others wrote.")]
    public string? End { get; init; }

    [Description("The cursor: pass it as after to go on from here.")]
    public required string Next { get; init; }

    [Description("Whether there is more already: then call again with the cursor.")]
    public required bool More { get; init; }

    [Description("The stream's newest id.")]
    public required string Head { get; init; }

    [Description("recovered: nothing is missing after the cursor; gap: the history no longer reaches back so far; reset: the history began anew.")]
    public string? Cursor { get; init; }

    [Description("Why the history began anew, where it is known: forgotten, the stream had been quiet for long and gave way to new ones; deleted, somebody deleted its history.")]
    public string? Reason { get; init; }

    [Description("True when the stream is closed and this is its end: nothing will come any more.")]
    public bool? Ended { get; init; }

    [Description("How many messages are gone between the cursor and what follows.")]
    public long? Missed { get; init; }

    [Description("The call that goes on from here; left out at the end of a closed stream.")]
    public NextCall? NextCall { get; init; }
}
