namespace Webstream.ServiceDefaults.Settings;

/// <summary>
/// What a key may have: printable ASCII without blanks. Anything else does not arrive in a header as it was written, or comes with a key from a file or
/// from another page, and nobody sees it. <c>webstream-mcp</c> compiles this file too.
/// </summary>
public static class Secret
{
    /// <summary>The fewest characters of a key that lets callers in.</summary>
    public const int ShortestKey = 16;

    /// <summary>What an error says of a key that lets callers in and is too short, behind its setting's name.</summary>
    /// <returns>Null when it is long enough, or empty: then there is none.</returns>
    public static string? RefusalOfShort(string key) => key.Length is 0 or >= ShortestKey ? null
        : $"has fewer than {ShortestKey} characters, and whoever tries often enough guesses it. Make another one: openssl rand -hex 32";

    /// <summary>What an error says of a text that is no key, behind its setting's name. The text itself is not in it.</summary>
    /// <returns>Null when callers can send the text as it stands.</returns>
    public static string? Refusal(string text) =>
        text.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? "has a blank, a line break or another character that is not printable ASCII, and clients cannot send it. "
                + "Write the key alone (printf %s, not echo, makes a file without a line break)."
        // As a list in a compose file and an env file of Docker keep them.
        : text is ['"', .., '"'] or ['\'', .., '\''] ? "begins and ends with a quotation mark, which is then part of the key. Write the key without it."
        : null;
}
