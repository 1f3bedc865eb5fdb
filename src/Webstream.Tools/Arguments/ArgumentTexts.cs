namespace Webstream.Tools;

/// <summary>The descriptions of arguments that several tools share.</summary>
internal static class ArgumentTexts
{
    public const string Stream = "The stream's name (A-Z a-z 0-9 . _ - :), main when left out.";

    public const string Port = "The web server's port, only if the person asks.";

    public const string IdempotencyKey =
        "A word of your own, without spaces. Sent from the first try on, it makes another try harmless: the same word and text are pushed once.";

    public const string Wait = "How long to wait for something new, in seconds; one call waits at most 45.";

    /// <summary>The port that a model chose; null when the model left it out or repeated the default.</summary>
    /// <summary>The gateway for a call that may have a next one.</summary>
    public static async Task<GatewayTarget> ResolveAsync(this IGatewaySource source, int port, CancellationToken cancellationToken) =>
        await source.ResolveAsync(null, Said(port, source), cancellationToken) with { Port = source.IsShared ? null : Said(port, source) };

    public static int? Said(int port, IGatewaySource source) => port == 0 || port == source.Defaults.Port ? null : port;
}
