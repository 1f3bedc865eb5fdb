using CsCheck;
using Webstream.ServiceDefaults.Logging;

namespace Webstream.ServiceDefaults.Tests.Logging;

public sealed class OneLineTests
{
    [Theory]
    [MemberData(nameof(HostileText.Cases), MemberType = typeof(HostileText))]
    public void Text_OfAnyOrigin_IsOneVisibleLine(string text, string expected) => Written(text).ShouldBe(expected);

    // This is not among the cases, because a test runner does not preserve half a surrogate pair in its data.
    [Fact]
    public void Halves_OfSurrogatePairs_AreShownByTheirNumbers()
    {
        Written("half \ud83d of a pair \ude00").ShouldBe("half \\u{d83d} of a pair \\u{de00}");
        Written("half at the end \ud83d").ShouldBe("half at the end \\u{d83d}");
    }

    [Fact]
    public void Text_OfAnyCharacters_HasNoControlAndKeepsWhatIsPlain() => Gen.String[Gen.Char].Sample(text =>
    {
        var written = Written(text);

        written.Any(char.IsControl).ShouldBeFalse();
        written.AsSpan().ContainsAny('\u2028', '\u2029', '\u202e').ShouldBeFalse();
        written.Count(c => c is >= 'G' and <= 'Z').ShouldBe(text.Count(c => c is >= 'G' and <= 'Z'));
    });

    private static string Written(string text)
    {
        using var line = new StringWriter();
        OneLine.Write(line, text);
        return line.ToString();
    }
}
