using System.Buffers;
using System.Globalization;
using System.Text;

namespace Webstream.ServiceDefaults.Logging;

/// <summary>
/// Writes text of any origin as part of one line. Characters that begin another line, move a terminal's cursor, turn the direction of writing
/// or are invisible are written as <c>\n</c>, <c>\r</c>, <c>\t</c> or <c>\u{1b}</c>.
/// </summary>
internal static class OneLine
{
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        [.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c)]);

    /// <summary>The text as part of one line.</summary>
    public static string Of(string text)
    {
        using var line = new StringWriter();
        Write(line, text);
        return line.ToString();
    }

    /// <summary>Writes the text. A text of printable ASCII stays as it is.</summary>
    public static void Write(TextWriter line, ReadOnlySpan<char> text)
    {
        while (true)
        {
            var plain = text.IndexOfAnyExcept(Plain);
            if (plain < 0)
            {
                line.Write(text);
                return;
            }

            line.Write(text[..plain]);
            text = text[plain..];
            // Half a surrogate pair is not a character, so its number is written.
            var whole = Rune.DecodeFromUtf16(text, out var rune, out var length) == OperationStatus.Done;
            WriteRune(line, text[..length], whole ? rune.Value : text[0], whole && IsSeen(rune));
            text = text[length..];
        }
    }

    private static void WriteRune(TextWriter line, ReadOnlySpan<char> text, int value, bool seen)
    {
        switch (value)
        {
            case '\n':
                line.Write("\\n");
                break;
            case '\r':
                line.Write("\\r");
                break;
            case '\t':
                line.Write("\\t");
                break;
            default:
                if (seen)
                {
                    line.Write(text);
                }
                else
                {
                    line.Write(string.Create(CultureInfo.InvariantCulture, $"\\u{{{value:x}}}"));
                }

                break;
        }
    }

    private static bool IsSeen(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
