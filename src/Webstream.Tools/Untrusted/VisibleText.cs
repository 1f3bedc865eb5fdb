using System.Globalization;
using System.Text;

namespace Webstream.Tools;

/// <summary>
/// Makes all of a stranger's text visible to a model. Characters that a terminal or a reader does not show (see <see cref="HiddenCharacters"/>)
/// are written in the form <c>\u{1b}</c>.
/// </summary>
internal static class VisibleText
{
    /// <summary>The text, with line feeds as its only line ends and tabs kept.</summary>
    public static string Of(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            return text;
        }

        var visible = new StringBuilder(text.Length);
        var hidden = new HiddenCharacters();
        var afterReturn = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is '\n' or '\r')
            {
                hidden.NewLine();
                if (rune.Value == '\r' || !afterReturn)
                {
                    visible.Append('\n');
                }
            }
            else if (hidden.Holds(rune) && rune.Value != '\t')
            {
                visible.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
            }
            else
            {
                visible.Append(rune.ToString());
            }

            afterReturn = rune.Value == '\r';
        }

        return visible.ToString();
    }

    /// <summary>The text in one line and shortened, for a text that is only mentioned.</summary>
    public static string Short(string text, int length)
    {
        var line = Of(text).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal);
        return line.Length <= length ? line : $"{line[..Whole(line, length)]}…";
    }

    /// <summary>The beginning of a text, at most this many bytes of UTF-8, without half a character at its end.</summary>
    public static string Cut(string text, int bytes)
    {
        if (Encoding.UTF8.GetByteCount(text) <= bytes)
        {
            return text;
        }

        var kept = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            bytes -= rune.Utf8SequenceLength;
            if (bytes < 0)
            {
                break;
            }

            kept += rune.Utf16SequenceLength;
        }

        return text[..kept];
    }

    private static int Whole(string text, int length) => char.IsHighSurrogate(text[length - 1]) ? length - 1 : length;
}
