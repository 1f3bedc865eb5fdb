using CsCheck;

namespace Webstream.Protocol.Tests.Streams;

public class StreamNameTests
{
    private const string Allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-:";

    [Theory]
    [InlineData("main")]
    [InlineData("a")]
    [InlineData("7")]
    [InlineData("Build:web-1.2_rc")]
    public void TryParse_NameThatKeepsTheRule_IsTaken(string text)
    {
        StreamName.TryParse(text, out var name).ShouldBeTrue();
        name!.Value.ShouldBe(text);
        name.ToString().ShouldBe(text);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".hidden")]
    [InlineData("-x")]
    [InlineData("_x")]
    [InlineData(":x")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("a\n")]
    [InlineData("a\0")]
    [InlineData("é")]
    [InlineData("aé")]
    [InlineData("٣")]
    [InlineData("{a}")]
    public void TryParse_NameThatBreaksTheRule_IsRefused(string? text)
    {
        StreamName.TryParse(text, out var name).ShouldBeFalse();
        name.ShouldBeNull();
    }

    [Fact]
    public void TryParse_HundredCharacters_IsTheLongest()
    {
        StreamName.TryParse(new string('a', 100), out _).ShouldBeTrue();
        StreamName.TryParse(new string('a', 101), out _).ShouldBeFalse();
    }

    [Fact]
    public void TryParse_AnyText_TakesExactlyWhatTheRuleSays() =>
        Gen.OneOf(
                Gen.Char[Allowed].Array[1, 101].Select(c => new string(c)),
                Gen.Select(Gen.Char[Allowed].Array[0, 5], Gen.Char, Gen.Char[Allowed].Array[0, 5])
                    .Select((before, any, after) => new string([.. before, any, .. after])),
                Gen.String)
            .Sample(
                text =>
                {
                    var expected = text.Length is >= 1 and <= 100 && char.IsAsciiLetterOrDigit(text[0]) && text.All(Allowed.Contains);
                    StreamName.TryParse(text, out _).ShouldBe(expected, text);
                },
                iter: 5_000);

    [Fact]
    public void Parse_NameThatBreaksTheRule_SaysTheRule() =>
        Should.Throw<FormatException>(() => StreamName.Parse("no spaces")).Message.ShouldContain(StreamName.Rule);

    [Fact]
    public void Equals_SameText_IsTheSameName()
    {
        var one = StreamName.Parse("builds");
        one.ShouldBe(StreamName.Parse("builds"));
        one.GetHashCode().ShouldBe(StreamName.Parse("builds").GetHashCode());
        (one == StreamName.Parse("builds")).ShouldBeTrue();
        (one != StreamName.Parse("builds")).ShouldBeFalse();
        (one == null).ShouldBeFalse();
    }

    [Fact]
    public void Equals_OtherCase_IsAnotherName() => StreamName.Parse("Builds").ShouldNotBe(StreamName.Parse("builds"));

    [Fact]
    public void Main_ByItsText_IsTheDefaultStream() => StreamName.Parse("main").ShouldBe(StreamName.Main);
}
