using System.Text;
using CsCheck;

namespace Webstream.Gateway.Tests.Pushing;

/// <summary>Texts that would break an event stream, its fields or its JSON, if any text could.</summary>
internal static class HostileText
{
    private static readonly Gen<string> Piece = Gen.OneOf(
        Gen.OneOfConst("\r", "\n", "\r\n", "\n\n", "\r\r", "\n\r", "\0", "\u2028", "\u2029", "\u0085", "\u000B", "\uFEFF", "\u001B[0m", "\u007F"),
        Gen.OneOfConst("😀", "\uD83D", "\uDE00", "\uDE00\uD83D", "\uD83D\uD83D\uDE00", "é", "\uFFFF", "\uFFFD"),
        Gen.OneOfConst("data: x", "data:", "id: 1-1", "id:\0", "event: resume", "event: error", "retry: 0", ": keepalive", ":", " ", "\t"),
        Gen.OneOfConst("\\", "\"", "\\ud83d", "\\u0000", "{\"id\":\"1-1\"}", "<script>", "&amp;", "]", "["),
        Gen.Char.Select(c => c.ToString()));

    /// <summary>A text of at least one UTF-16 unit, well-formed or not.</summary>
    public static Gen<string> Any { get; } = Piece.Array[1, 24].Select(string.Concat<string>);

    /// <summary>The text with U+FFFD for each surrogate that stands alone, as every encoder of UTF-8 does it.</summary>
    public static string WellFormed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    /// <summary>The text with each of its line ends as LF.</summary>
    public static string WithLineFeeds(string text) =>
        text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');

    /// <summary>A JSON string. It is written here, because JSON writers refuse or replace text that is not well-formed Unicode.</summary>
    public static string ToJson(string text)
    {
        var json = new StringBuilder("\"");
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsSurrogatePair(c, i + 1 < text.Length ? text[i + 1] : '\0'))
            {
                // Writes pairs as they are, or escaped in the two ways in which JavaScript may write them.
                json.Append(i % 2 == 0 ? $"{c}{text[i + 1]}" : $"\\u{(int)c:x4}\\u{(int)text[i + 1]:X4}");
                i++;
            }
            else if (c < ' ' || c is '"' or '\\' || char.IsSurrogate(c))
            {
                json.Append($"\\u{(int)c:x4}");
            }
            else
            {
                json.Append(c);
            }
        }

        return json.Append('"').ToString();
    }
}
