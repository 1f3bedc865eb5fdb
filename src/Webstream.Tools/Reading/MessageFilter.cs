using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>Which messages a caller wants.</summary>
/// <param name="InReplyTo">Only replies to this message.</param>
/// <param name="Event">Only messages of this type.</param>
/// <param name="FromOthers">Only messages that are not the caller's own.</param>
/// <param name="Own">The caller's own; null where nobody knows them.</param>
internal sealed record MessageFilter(EventId? InReplyTo = null, string? Event = null, bool FromOthers = false, OwnMessages? Own = null)
{
    // What the page writes as the source of what a person types there.
    private const string Page = "dashboard";

    /// <summary>Whether it leaves anything out.</summary>
    public bool IsNarrow => InReplyTo is not null || Event is not null || (FromOthers && Own is not null);

    /// <summary>Whether the caller wrote it.</summary>
    public bool IsOwn(StreamMessage message) => Own?.Hold(message.Id) == true;

    /// <summary>Whether the caller wants it.</summary>
    public bool Takes(StreamMessage message) =>
        (InReplyTo is null || message.InReplyTo == InReplyTo) && (Event is null || message.Event == Event) && !(FromOthers && IsOwn(message));

    /// <summary>
    /// Whether a person seems to have written it, freely: not as the reply to anything. Such a word ends a wait for something else, because it
    /// may change what the caller should do. That a person wrote it is a claim of its writer, and gives no right.
    /// </summary>
    public static bool IsFreeWord(StreamMessage message) => message.InReplyTo is null && message.Source == Page;

    /// <summary>What it takes, as the end of "messages"; empty when it takes all.</summary>
    public string InWords() =>
        (Event is null ? "" : $" of the type {Event}") + (FromOthers && Own is not null ? " of others" : "") + (InReplyTo is { } asked ? $" in reply to {asked}" : "");
}
