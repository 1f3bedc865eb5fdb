using System.Collections.Frozen;

namespace Webstream.Protocol;

/// <summary>What a pusher may call the type of a message: the grammar of stream names, without the reserved words.</summary>
public static class EventType
{
    /// <summary>The longest event type, in characters.</summary>
    public const int MaxLength = StreamName.MaxLength;

    /// <summary>The verdict on a resume. Only a gateway sends it.</summary>
    public const string Resume = "resume";

    /// <summary>Marks the <c>Connected at</c> event in <c>format=json</c>. Only a gateway sends it.</summary>
    public const string Open = "open";

    /// <summary>The end mark of a closed stream. Only the stream's owner says it.</summary>
    public const string End = "end";

    /// <summary>Tells a listener that it may not listen any more. Only a gateway sends it.</summary>
    public const string Denied = "denied";

    /// <summary>A message that asks its listeners something.</summary>
    public const string Question = "question";

    /// <summary>A message that answers a question.</summary>
    public const string Reply = "reply";

    /// <summary>The rule in words, for error messages.</summary>
    public const string Rule = StreamName.Rule + ", and not resume, end, denied, error, open or close, which only the gateway or the browser says";

    // A pusher that could send these types could forge events of the gateway or the browser.
    private static readonly FrozenSet<string> Reserved =
        FrozenSet.Create(StringComparer.OrdinalIgnoreCase, Resume, End, Denied, "error", Open, "close");

    /// <summary>How a type is shown that an older version let a pusher use.</summary>
    public static string ShownAs(string type) => $"x-{type}";

    /// <summary>Whether an older version let pushers use a type that only the gateway or the owner says now.</summary>
    public static bool WasOpen(string? type) => type is End or Denied;

    /// <summary>Whether a pusher may use this type.</summary>
    public static bool IsValid(string text) => NameGrammar.Matches(text, MaxLength) && !Reserved.Contains(text);
}
