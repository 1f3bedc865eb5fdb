using System.Globalization;

namespace Webstream.ServiceDefaults.Settings;

/// <summary>
/// What a secret may not have: blanks at its ends and invisible characters. They come with a secret from a file or from another page, nobody sees
/// them, and no caller who sends what can be seen would match. <c>webstream-mcp</c> compiles this file too.
/// </summary>
public static class Secret
{
    /// <summary>What an error says of such a secret, behind its setting's name.</summary>
    public const string Refusal =
        "begins or ends with a blank or a line break, or has an invisible character. "
        + "Write the key alone (printf %s, not echo, makes a file without a line break).";

    /// <summary>Whether callers can send the text as it stands.</summary>
    public static bool IsClean(string text) =>
        text.Length == 0 || (text.Trim().Length == text.Length && !text.Any(IsUnseen));

    private static bool IsUnseen(char c) => char.GetUnicodeCategory(c) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
