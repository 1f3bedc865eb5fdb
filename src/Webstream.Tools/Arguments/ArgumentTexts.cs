namespace Webstream.Tools;

/// <summary>The descriptions of arguments that several tools share.</summary>
internal static class ArgumentTexts
{
    public const string Stream =
        "The stream's name: 1 to 100 characters from A-Z a-z 0-9 . _ - : and the first one a letter or digit. "
        + "Leave it out for main, which people see first; use another to keep topics apart.";

    public const string Port = "The web server's port on this machine, 1 to 65535. Leave it out unless the person asks for another.";

    public const string IdempotencyKey =
        "A word of your own that makes sending this again harmless, 1 to 200 printable characters without spaces: with the same key and the same text nothing "
        + "is pushed twice. Needed only when an answer was lost or said so.";

    public const string Wait = "How many seconds to wait for something new when there is nothing yet, 0 to 45.";

    /// <summary>The port that a model chose; null when the model left it out or repeated the default.</summary>
    public static int? Said(int port, IGatewaySource source) => port == 0 || port == source.Defaults.Port ? null : port;
}
