namespace Webstream.Protocol.Tests.Api;

public class PushRulesTests
{
    private static readonly PushItem Item = new() { Message = "hello" };

    [Fact]
    public void Check_OrdinaryPush_Passes() => Check(Item with
    {
        Event = "question",
        Source = "assistant",
        InReplyTo = new(1, 1),
        Options = ["yes", "no"],
    });

    [Fact]
    public void Check_NoMessages_IsInvalid() => Refused(WebstreamError.Invalid, []);

    [Fact]
    public void Check_EmptyMessage_IsInvalid() => Refused(WebstreamError.Invalid, Item with { Message = "" });

    [Fact]
    public void Check_BlankMessage_Passes() => Check(Item with { Message = " \n" });

    [Theory]
    [InlineData(0xd800)]
    [InlineData(0xdbff)]
    [InlineData(0xdc00)]
    [InlineData(0xdfff)]
    public void Check_HalfASurrogatePair_IsInvalid(int half)
    {
        // The surrogate is given as a number: an attribute's text is kept in UTF-8, which cannot hold it.
        var text = (char)half;
        Refused(WebstreamError.Invalid, Item with { Message = $"😀{text}" });
        Refused(WebstreamError.Invalid, Item with { Message = $"{text} and more" });
        Refused(WebstreamError.Invalid, Item with { Source = $"a{text}b" });
        Refused(WebstreamError.Invalid, Item with { Options = ["yes", text.ToString()] });
    }

    [Fact]
    public void Check_WholeSurrogatePairs_Pass() => Check(Item with { Message = "😀 and 😀😀", Source = "😀", Options = ["😀"] });

    [Fact]
    public void Check_MessageOfTheLargestSize_Passes() => Check(Item with { Message = new string('é', PushRules.DefaultMaxMessageBytes / 2) });

    [Fact]
    public void Check_MessageOneByteLarger_IsTooLarge() =>
        Refused(WebstreamError.TooLarge, Item with { Message = new string('é', PushRules.DefaultMaxMessageBytes / 2) + "!" });

    [Fact]
    public void Check_ConfiguredMessageSize_IsTheBound()
    {
        PushRules.Check(Request(Item), maxMessageBytes: 5);
        Should.Throw<WebstreamException>(() => PushRules.Check(Request(Item), maxMessageBytes: 4)).Error.ShouldBe(WebstreamError.TooLarge);
    }

    [Fact]
    public void Check_BatchOfTheMostMessages_Passes() => Check([.. Enumerable.Repeat(Item, 256)]);

    [Fact]
    public void Check_OneMessageMore_IsTooLarge() => Refused(WebstreamError.TooLarge, [.. Enumerable.Repeat(Item, 257)]);

    [Fact]
    public void Check_BatchOfTheMostBytes_Passes() => Check([.. Enumerable.Repeat(Item with { Message = new string('a', 64 * 1024) }, 4)]);

    [Fact]
    public void Check_BatchOfOneByteMore_IsTooLarge() =>
        Refused(WebstreamError.TooLarge, [Item with { Message = "a" }, .. Enumerable.Repeat(Item with { Message = new string('a', 64 * 1024) }, 4)]);

    [Theory]
    [InlineData("resume")]
    [InlineData("")]
    [InlineData("a\nb")]
    public void Check_EventTypeThatBreaksTheRule_IsInvalid(string type) => Refused(WebstreamError.Invalid, Item with { Event = type });

    [Theory]
    [InlineData("")]
    [InlineData("a\nb")]
    [InlineData("a\u0085b")]
    public void Check_SourceThatBreaksTheRule_IsInvalid(string source) => Refused(WebstreamError.Invalid, Item with { Source = source });

    [Fact]
    public void Check_Source_HasAtMost64Characters()
    {
        Check(Item with { Source = new string('s', 64) });
        Refused(WebstreamError.Invalid, Item with { Source = new string('s', 65) });
    }

    [Theory]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("line\n")]
    [InlineData("é")]
    public void Check_KeyThatBreaksTheRule_IsInvalid(string key) =>
        Should.Throw<WebstreamException>(() => PushRules.Check(Request(Item) with { IdempotencyKey = key })).Error.ShouldBe(WebstreamError.Invalid);

    [Fact]
    public void Check_Key_HasAtMost200Characters()
    {
        PushRules.Check(Request(Item) with { IdempotencyKey = new string('~', 200) });
        Should.Throw<WebstreamException>(() => PushRules.Check(Request(Item) with { IdempotencyKey = new string('!', 201) }));
    }

    [Fact]
    public void Check_ReplyToNoMessage_IsInvalid() => Refused(WebstreamError.Invalid, Item with { InReplyTo = new(1, 0) });

    [Fact]
    public void Check_Options_AreBounded()
    {
        Check(Item with { Options = [.. Enumerable.Repeat(new string('o', 200), 32)] });
        Refused(WebstreamError.Invalid, Item with { Options = [] });
        Refused(WebstreamError.Invalid, Item with { Options = [""] });
        Refused(WebstreamError.Invalid, Item with { Options = [new string('o', 201)] });
        Refused(WebstreamError.Invalid, Item with { Options = [.. Enumerable.Repeat("o", 33)] });
    }

    private static PushRequest Request(params PushItem[] items) => new(StreamName.Main, items);

    private static void Check(params PushItem[] items) => PushRules.Check(Request(items));

    private static void Refused(WebstreamError error, params PushItem[] items)
    {
        var failure = Should.Throw<WebstreamException>(() => PushRules.Check(Request(items)));
        failure.Error.ShouldBe(error);
        failure.Message.ShouldNotBeNullOrWhiteSpace();
    }
}
