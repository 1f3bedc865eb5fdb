using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>The grammars of arguments, in the form for schemas: regular expressions that JavaScript reads too.</summary>
internal static class ArgumentPatterns
{
    /// <summary>See <see cref="StreamName.Rule"/>.</summary>
    public const string Stream = "^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$";

    /// <summary>The beginning of a stream's name, or nothing.</summary>
    public const string Prefix = "^([A-Za-z0-9][A-Za-z0-9._:-]{0,99})?$";

    /// <summary>An event type, or nothing. The push itself checks for the reserved words.</summary>
    public const string Event = "^([A-Za-z0-9][A-Za-z0-9._:-]{0,99})?$";

    /// <summary>An event id, or nothing.</summary>
    public const string Id = "^([0-9a-f]{1,16}-[0-9]{1,19})?$";

    /// <summary>See <see cref="PushRules.MaxKeyLength"/>.</summary>
    public const string Key = "^[!-~]{0,200}$";

    /// <summary>The rule of one of these patterns in words, for whoever sent something else.</summary>
    public static string RuleOf(string? pattern) => pattern switch
    {
        // The patterns of an event type and of a beginning are one.
        Stream or Event => $" It is {StreamName.Rule}.",
        Id => " It is an id or a cursor, exactly as an answer gave it.",
        Key => " It is 1 to 200 printable characters without spaces.",
        _ => "",
    };
}
