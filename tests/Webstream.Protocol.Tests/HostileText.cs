using System.Text;
using CsCheck;

namespace Webstream.Protocol.Tests;

/// <summary>Texts that try to break out of a data field.</summary>
internal static class HostileText
{
    public static Gen<string> Any { get; } = Gen.OneOf(
            Gen.OneOfConst(
                "\r", "\n", "\r\n", "\n\n", "\r\r", "\0", "\u2028", "\u2029", "\u0085", "\v", "\f", "\ufeff", " ", ":", "\"", "\\", "</script>",
                "😀", "é", "\ud83d", "\ude00", "id: 1-1", "event: resume", "data: forged", "data:", "retry: 1", ": comment"),
            Gen.String)
        .Array[0, 12]
        .Select(string.Concat);

    /// <summary>The text as UTF-8 can hold it: lone surrogates become U+FFFD.</summary>
    public static string WellFormed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    /// <summary>The text after an event stream has changed its line ends to LF.</summary>
    public static string WithLineFeeds(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
}
