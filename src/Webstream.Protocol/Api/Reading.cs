using System.Text.Json.Serialization;

namespace Webstream.Protocol;

/// <summary>Which messages of a stream to read.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="After">Read the messages after this id. Null: read from the oldest retained message on.</param>
/// <param name="Limit">The most messages to answer, 1 to <see cref="MaxLimit"/>.</param>
/// <param name="Wait">How long to wait for a new message, 0 to <see cref="MaxWait"/>.</param>
/// <param name="InReplyTo">Only the replies to this message.</param>
public sealed record ReadRequest(StreamName Stream, EventId? After = null, int Limit = ReadRequest.DefaultLimit, TimeSpan Wait = default, EventId? InReplyTo = null)
{
    /// <summary>The number of messages when the request names none.</summary>
    public const int DefaultLimit = 100;

    /// <summary>The most messages in one answer.</summary>
    public const int MaxLimit = 1000;

    /// <summary>The longest wait. Assistants commonly time out a call after 60 seconds.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(45);
}

/// <summary>A page of a stream.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Messages">The messages, oldest first.</param>
/// <param name="Next">The cursor of the next page: pass it as <c>after</c>.</param>
/// <param name="Head">The stream's newest id.</param>
/// <param name="Resume">The verdict on the id of the request; null when the request had no id.</param>
/// <param name="Ended">True when the stream is closed and the page reaches its end: nothing comes after it. Else null.</param>
public sealed record ReadPage(
    StreamName Stream, IReadOnlyList<StreamMessage> Messages, EventId Next, EventId Head, ResumeVerdict? Resume, bool? Ended = null);

/// <summary>A stream as the directory knows it.</summary>
public sealed record StreamSummary
{
    /// <summary>The stream.</summary>
    public required StreamName Name { get; init; }

    /// <summary>Its newest id; <c>0-0</c> when nobody has pushed to it.</summary>
    public required EventId Head { get; init; }

    /// <summary>Its oldest retained sequence; one more than the head's when nothing is retained.</summary>
    public required long Oldest { get; init; }

    /// <summary>Its listeners on all gateways.</summary>
    public required int Clients { get; init; }

    /// <summary>The number of gateways that have listeners of the stream.</summary>
    public required int Gateways { get; init; }

    /// <summary>How many of <see cref="Clients"/> are pages of an origin that the gateway does not know. Left out when there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Foreign { get; init; }

    /// <summary>How many messages can be replayed.</summary>
    public long Retained => Head.Sequence - Oldest + 1;

    /// <summary>When its newest message was pushed, if it has one.</summary>
    [JsonConverter(typeof(TimestampJsonConverter))]
    public DateTimeOffset? LastMessageAt { get; init; }

    /// <summary>True when it is closed: its head is its end. Else null.</summary>
    public bool? Ended { get; init; }

    /// <summary>How many seconds back the retained history reaches, if there is any.</summary>
    public double? WindowSeconds { get; init; }
}

/// <summary>Which streams to list.</summary>
/// <param name="Prefix">The beginning of their names; empty for all streams.</param>
/// <param name="After">Only names after this one: <see cref="StreamList.Next"/> of the previous page.</param>
/// <param name="Limit">The most to list, 1 to <see cref="MaxLimit"/>.</param>
public sealed record StreamListRequest(string Prefix = "", StreamName? After = null, int Limit = StreamListRequest.MaxLimit)
{
    /// <summary>The most streams in one answer, and the number when the request names none.</summary>
    public const int MaxLimit = 1000;

    /// <summary>The rule for <see cref="Prefix"/> in words, for error messages.</summary>
    public const string PrefixRule = "the beginning of stream names: at most 100 characters from A-Z a-z 0-9 . _ - : and the first one a letter or digit";

    /// <summary>Whether names can begin like this.</summary>
    public static bool IsPrefix(string text) => text.Length == 0 || StreamName.TryParse(text, out _);
}
