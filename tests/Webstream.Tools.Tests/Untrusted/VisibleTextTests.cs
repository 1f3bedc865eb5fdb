using System.Text;
using CsCheck;

namespace Webstream.Tools.Tests.Untrusted;

public sealed class VisibleTextTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a\r\nb\rc\nd", "a\nb\nc\nd")]
    [InlineData("\r\r\n\n", "\n\n\n")]
    [InlineData("tab\there", "tab\there")]
    [InlineData("\u001b]0;x\u0007", "\\u{1b}]0;x\\u{7}")]
    [InlineData("\ufeff\u2066x\u2069", "\\u{feff}\\u{2066}x\\u{2069}")]
    [InlineData("👩\u200d💻 نمی\u200cخواهم", "👩\u200d💻 نمی\u200cخواهم")]
    // Variation selectors carry a byte each.
    [InlineData("a\U000e0101\U000e01ef", "a\\u{e0101}\\u{e01ef}")]
    [InlineData("a\ufe00語\ufe02b\ufe0f", "a\\u{fe00}語\\u{fe02}b\\u{fe0f}")]
    // Fillers, joiners and blanks that have no width or no ink.
    [InlineData("\u3164\uffa0\u115f\u1160x\u034f\u180b\u180e\u2800", "\\u{3164}\\u{ffa0}\\u{115f}\\u{1160}x\\u{34f}\\u{180b}\\u{180e}\\u{2800}")]
    [InlineData("\u00ad\u2064\u206a\U0001d173\U000e0000", "\\u{ad}\\u{2064}\\u{206a}\\u{1d173}\\u{e0000}")]
    // What belongs to emoji, where it belongs to them.
    [InlineData("❤\ufe0f ☺\ufe0e 1\ufe0f\u20e3 ‼\ufe0f", "❤\ufe0f ☺\ufe0e 1\ufe0f\u20e3 ‼\ufe0f")]
    [InlineData("🏳\ufe0f\u200d🌈 ❤\ufe0f\u200d🔥", "🏳\ufe0f\u200d🌈 ❤\ufe0f\u200d🔥")]
    // The same where it would be a writing of two letters.
    [InlineData("a\u200d\u200cb", "a\\u{200d}\\u{200c}b")]
    [InlineData("語\u200d\u200c\u200d", "語\u200d\\u{200c}\\u{200d}")]
    [InlineData("❤\ufe0f\ufe0f\ufe0e", "❤\ufe0f\\u{fe0f}\\u{fe0e}")]
    [InlineData("語\n\u200d", "語\n\\u{200d}")]
    public void Of_ShowsWhatIsHidden(string text, string visible) => VisibleText.Of(text).ShouldBe(visible);

    [Fact]
    public void Of_AnyText_HasNoControlCharactersLeft() =>
        Gen.String.Sample(text => VisibleText.Of(text).All(c => !char.IsControl(c) || c is '\n' or '\t'));

    [Fact]
    public void Cut_AnyText_FitsAndKeepsCharactersWhole() =>
        Gen.Select(Gen.OneOfConst("a", "é", "語", "😀").Array[0, 40].Select(string.Concat), Gen.Int[0, 80]).Sample((text, bytes) =>
        {
            var cut = VisibleText.Cut(text, bytes);
            var length = Encoding.UTF8.GetByteCount(cut);
            return text.StartsWith(cut, StringComparison.Ordinal) && length <= bytes && !cut.Contains('\ufffd', StringComparison.Ordinal)
                && (cut == text || length > bytes - 4) && (cut.Length == 0 || !char.IsHighSurrogate(cut[^1]));
        });

    [Theory]
    [InlineData("one\ntwo", 20, "one\\ntwo")]
    [InlineData("abcdef", 3, "abc…")]
    [InlineData("ab😀cd", 3, "ab…")]
    public void Short_IsOneLine(string text, int length, string shown) => VisibleText.Short(text, length).ShouldBe(shown);
}
