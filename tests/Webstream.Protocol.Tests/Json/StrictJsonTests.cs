using System.Text;
using System.Text.Json;
using CsCheck;

namespace Webstream.Protocol.Tests.Json;

public sealed class StrictJsonTests
{
    [Theory]
    [InlineData("""{"a":1,"b":[1,{"a":2}],"c":"\ud83d\ude00"}""")]
    [InlineData("""{"a":1,"A":2}""")]
    [InlineData("""{"a":"\ud83d"}""")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData(" 1e99999 ")]
    [InlineData("\"\\u0000\"")]
    public void TryParse_OfJson_IsADocument(string json)
    {
        StrictJson.TryParse(Encoding.UTF8.GetBytes(json), out var document, out var fault).ShouldBeTrue();

        fault.ShouldBeNull();
        document.Dispose();
    }

    [Theory]
    [InlineData("", JsonFaultKind.Broken, "")]
    [InlineData("   ", JsonFaultKind.Broken, "")]
    [InlineData("{broken", JsonFaultKind.Broken, "")]
    [InlineData("""{"a":1}{"a":1}""", JsonFaultKind.Broken, "")]
    [InlineData("""{"a":1},""", JsonFaultKind.Broken, "")]
    [InlineData("""{"a":1,}""", JsonFaultKind.Broken, "")]
    [InlineData("""{"a":01}""", JsonFaultKind.Broken, "")]
    [InlineData("{'a':1}", JsonFaultKind.Broken, "")]
    [InlineData("{\"a\":\"\n\"}", JsonFaultKind.Broken, "")]
    [InlineData("\0\u0007", JsonFaultKind.Broken, "")]
    [InlineData("""{"a":1,"a":2}""", JsonFaultKind.Repeated, "a")]
    [InlineData("""{"a":1,"\u0061":2}""", JsonFaultKind.Repeated, "a")]
    [InlineData("""{"x":{"y":[0,{"a":1,"a":1}]}}""", JsonFaultKind.Repeated, "x.y[1].a")]
    [InlineData("""[[{"":1,"":1}]]""", JsonFaultKind.Repeated, "[0][0].\"\"")]
    [InlineData("""{"\ud800":1}""", JsonFaultKind.HalfCharacter, "")]
    [InlineData("""{"x":{"a\udc00":1}}""", JsonFaultKind.HalfCharacter, "x")]
    [InlineData("""{"\udc00\ud800":1,"\udc00\ud800":1}""", JsonFaultKind.HalfCharacter, "")]
    [InlineData("{\0\"\0a\0\"\0:\0001\0}\0", JsonFaultKind.Utf16, "")]
    [InlineData("\0{\0\"\0a\0\"\0:\0001\0}", JsonFaultKind.Utf16, "")]
    public void TryParse_OfWhatIsNone_SaysWhy(string json, JsonFaultKind kind, string path)
    {
        StrictJson.TryParse(Encoding.UTF8.GetBytes(json), out var document, out var fault).ShouldBeFalse();

        document.ShouldBeNull();
        fault.ShouldNotBeNull().Kind.ShouldBe(kind);
        fault.Path.ShouldBe(path);
    }

    [Theory]
    [InlineData(new byte[] { (byte)'"', 0xE9, (byte)'"' }, JsonFaultKind.NotUtf8)]
    [InlineData(new byte[] { (byte)'"', 0xED, 0xA0, 0xBD, (byte)'"' }, JsonFaultKind.NotUtf8)]
    [InlineData(new byte[] { (byte)'"', 0xC3 }, JsonFaultKind.NotUtf8)]
    [InlineData(new byte[] { 0xFF, 0xFE, (byte)'1', 0 }, JsonFaultKind.Utf16)]
    [InlineData(new byte[] { 0xFE, 0xFF, 0, (byte)'1' }, JsonFaultKind.Utf16)]
    public void TryParse_OfAnotherEncoding_SaysSo(byte[] json, JsonFaultKind kind)
    {
        StrictJson.TryParse(json, out _, out var fault).ShouldBeFalse();

        fault.Kind.ShouldBe(kind);
    }

    [Fact]
    public void TryParse_NestedToTheBound_IsADocumentAndNotOneLevelMore()
    {
        StrictJson.TryParse(Nested(StrictJson.MaxDepth), out var document, out _).ShouldBeTrue();
        document!.Dispose();

        StrictJson.TryParse(Nested(StrictJson.MaxDepth + 1), out _, out var fault).ShouldBeFalse();
        fault!.Kind.ShouldBe(JsonFaultKind.TooDeep);
        StrictJson.TryParse(Nested(1_000_000), out _, out fault).ShouldBeFalse();
        fault!.Kind.ShouldBe(JsonFaultKind.TooDeep);

        static byte[] Nested(int levels) => [.. Enumerable.Repeat((byte)'[', levels), .. Enumerable.Repeat((byte)']', levels)];
    }

    [Theory]
    [InlineData("""{"a":1,"b":2}""", null, "")]
    [InlineData("""{"a":1,"A":2}""", JsonFaultKind.Repeated, "A")]
    [InlineData("""{"É":1,"é":2}""", JsonFaultKind.Repeated, "é")]
    [InlineData("""{"x":{"a":"\ud800"}}""", JsonFaultKind.HalfCharacter, "x.a")]
    [InlineData("""{"x":["a","\ud800"]}""", JsonFaultKind.HalfCharacter, "x[1]")]
    [InlineData("""{"x":["\\ud800","\ud83d\ude00"]}""", null, "")]
    public void FaultIn_AValue_IsTheFirstOne(string json, JsonFaultKind? kind, string path)
    {
        using var document = JsonDocument.Parse(json);

        var fault = StrictJson.FaultIn(document.RootElement, StringComparer.OrdinalIgnoreCase);

        (fault?.Kind).ShouldBe(kind);
        (fault?.Path ?? "").ShouldBe(path);
    }

    [Fact]
    public void TryParse_OfAnyBytes_NeverFailsAndNeedsNoSecondLook() =>
        Gen.OneOfConst("{", "}", "[", "]", ",", ":", "\"a\"", "\"A\"", "\"\\ud800\"", "\"\\udc00", "1", "-", "1e5", "null", "tru", "\\", "\"", "\0", " ", "\uFEFF", "é")
            .Array[0, 30].Select(string.Concat<string>).Sample(text =>
            {
                if (StrictJson.TryParse(Encoding.UTF8.GetBytes(text), out var document, out _))
                {
                    using (document)
                    {
                        Names(document.RootElement).ShouldAllBe(name => name != null);
                    }
                }
            }, iter: 50_000);

    // Reads all names: a lenient parser would fail only here.
    private static IEnumerable<string> Names(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().SelectMany(member => Names(member.Value).Prepend(member.Name)),
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Names),
        _ => [],
    };
}
