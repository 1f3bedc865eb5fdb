using System.Text;
using System.Text.Json;
using CsCheck;
using Webstream.Gateway.Pushing;

namespace Webstream.Gateway.Tests.Pushing;

public sealed class LoneSurrogatesTests
{
    [Theory]
    [InlineData("""{"a":"\ud83d"}""", """{"a":"\uFFFD"}""")]
    [InlineData("""{"a":"\uDE00\uD83D"}""", """{"a":"\uFFFD\uFFFD"}""")]
    [InlineData("""{"a":"\ud83d\ud83d\ude00"}""", """{"a":"\uFFFD\ud83d\ude00"}""")]
    [InlineData("""{"a":"\\ud83d"}""", """{"a":"\\ud83d"}""")]
    [InlineData("""{"a":"\\\ud83d"}""", """{"a":"\\\uFFFD"}""")]
    [InlineData("""{"a":"\ud83d\\ude00"}""", """{"a":"\uFFFD\\ude00"}""")]
    [InlineData("""{"\udead":1}""", """{"\uFFFD":1}""")]
    [InlineData("""{"a":"\ud83""", """{"a":"\ud83""")]
    [InlineData("""{"a":"\ud83d\""", """{"a":"\uFFFD\""")]
    public void Replaced_OfJsonWithEscapes_ReplacesTheHalvesThatStandAlone(string json, string expected) =>
        Encoding.UTF8.GetString(LoneSurrogates.Replaced(Encoding.UTF8.GetBytes(json)).Span).ShouldBe(expected);

    [Fact]
    public void Replaced_WithoutLoneHalves_IsTheSameMemory()
    {
        ReadOnlyMemory<byte> json = """{"a":"\ud83d\ude00 \\ \n 😀"}"""u8.ToArray();

        LoneSurrogates.Replaced(json).ShouldBe(json);
    }

    [Fact]
    public void Replaced_OfAnyText_IsWhatUtf8MakesOfIt() =>
        HostileText.Any.Sample(text =>
        {
            var json = Encoding.UTF8.GetBytes(HostileText.ToJson(text));

            var read = JsonSerializer.Deserialize<string>(LoneSurrogates.Replaced(json).Span);

            read.ShouldBe(HostileText.WellFormed(text));
        }, iter: 20_000);

    [Fact]
    public void Replaced_OfAnyBytes_ChangesNothingElseAndNeverFails() =>
        Gen.OneOfConst("\\", "u", "d", "8", "D", "E", "0", "f", "\"", "é").Array[0, 40].Sample(pieces =>
        {
            var text = string.Concat(pieces);

            var replaced = Encoding.UTF8.GetString(LoneSurrogates.Replaced(Encoding.UTF8.GetBytes(text)).Span);

            replaced.Length.ShouldBe(text.Length);
            // The replacement is an escape itself, so a second pass finds nothing to do.
            Encoding.UTF8.GetString(LoneSurrogates.Replaced(Encoding.UTF8.GetBytes(replaced)).Span).ShouldBe(replaced);
        }, iter: 20_000);
}
