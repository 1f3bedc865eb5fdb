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
    [InlineData("👩‍💻 نمی‌خواهم", "👩‍💻 نمی‌خواهم")]
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
