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
}
