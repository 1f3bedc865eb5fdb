using System.Buffers;
using System.Text;

namespace Webstream.Protocol.Tests.Sse;

public class SseFrameTests
{
    private const string Time = "2025-11-11T12:34:56.789012+00:00";

    private static readonly StreamMessage Message = new()
    {
        Id = new(0xabc, 7),
        Stream = StreamName.Parse("builds"),
        Timestamp = new DateTimeOffset(2025, 11, 11, 12, 34, 56, TimeSpan.Zero).AddTicks(7_890_120),
        Event = "done",
        Message = "héllo",
    };

    [Fact]
    public void WriteMessage_Text_IsTheOriginalsFormatBeforeTheId() =>
        Write(Message, FrameFormat.Text).ShouldBe($"data: [{Time}] héllo\nid: abc-7\n\n");

    [Fact]
    public void WriteMessage_TypedText_HasTheEventBeforeData() =>
        Write(Message, new(Json: false, Typed: true)).ShouldBe($"event: done\ndata: [{Time}] héllo\nid: abc-7\n\n");

    [Fact]
    public void WriteMessage_Json_IsOneObject() =>
        Write(Message, new(Json: true, Typed: false)).ShouldBe(
            $$"""data: {"id":"abc-7","stream":"builds","timestamp":"{{Time}}","event":"done","message":"héllo"}{{"\nid: abc-7\n\n"}}""");

    [Fact]
    public void WriteMessage_TypedJson_HasTheEventBeforeData() =>
        Write(Message, new(Json: true, Typed: true)).ShouldBe(
            $$"""event: done{{'\n'}}data: {"id":"abc-7","stream":"builds","timestamp":"{{Time}}","event":"done","message":"héllo"}{{"\nid: abc-7\n\n"}}""");

    [Fact]
    public void WriteMessage_TypedWithoutType_HasNoEventField() =>
        Write(Message with { Event = null }, new(Json: false, Typed: true)).ShouldBe($"data: [{Time}] héllo\nid: abc-7\n\n");

    [Theory]
    [InlineData("a\nb")]
    [InlineData("a\rb")]
    [InlineData("a\r\nb")]
    public void WriteMessage_EachLineEnd_BeginsADataLine(string text) =>
        Write(Message with { Message = text }, FrameFormat.Text).ShouldBe($"data: [{Time}] a\ndata: b\nid: abc-7\n\n");

    [Fact]
    public void WriteMessage_EmptyLines_KeepTheirDataAndItsSpace() =>
        Write(Message with { Message = "a\n\r\r\n" }, FrameFormat.Text).ShouldBe($"data: [{Time}] a\ndata: \ndata: \ndata: \nid: abc-7\n\n");

    [Fact]
    public void WriteMessage_Json_EscapesWhatSplitsLinesElsewhere() =>
        Write(Message with { Message = "a\u2028b\u2029c\nd\re" }, new(Json: true, Typed: false)).ShouldContain("\"message\":\"a\\u2028b\\u2029c\\nd\\re\"");

    [Fact]
    public void WriteMessage_Text_KeepsLineSeparatorsThatEndNoLine() =>
        Write(Message with { Message = "a\u2028b\u2029c\u0085d" }, FrameFormat.Text).ShouldEndWith("] a\u2028b\u2029c\u0085d\nid: abc-7\n\n");

    [Fact]
    public void WriteMessage_Json_LeavesTextReadable() =>
        Write(Message with { Message = "héllo <b>日本</b> & 'you'" }, new(Json: true, Typed: false)).ShouldContain("\"message\":\"héllo <b>日本</b> & 'you'\"");

    [Fact]
    public void WriteMessage_EmojiInText_StandsAsItIs() =>
        Write(Message with { Message = "😀" }, FrameFormat.Text).ShouldEndWith("] 😀\nid: abc-7\n\n");

    [Fact]
    public void WriteMessage_OneAfterAnother_GoesEachToItsOwnOutput()
    {
        // The JSON writer is kept from frame to frame. No bytes of one frame may end up in another's buffer.
        var first = new ArrayBufferWriter<byte>();
        var second = new ArrayBufferWriter<byte>();
        SseFrame.WriteMessage(first, Message, new(Json: true, Typed: false));
        var written = first.WrittenCount;
        SseFrame.WriteMessage(second, Message with { Message = "other" }, new(Json: true, Typed: false));
        first.WrittenCount.ShouldBe(written);
        Encoding.UTF8.GetString(second.WrittenSpan).ShouldContain("\"message\":\"other\"");
    }

    [Fact]
    public void WriteConnected_Text_IsTheOriginalsLine() =>
        Written(output => SseFrame.WriteConnected(output, Message.Stream, EventId.Zero, Message.Timestamp, FrameFormat.Text))
            .ShouldBe($"data: Connected at {Time}\nid: 0-0\n\n");

    [Fact]
    public void WriteConnected_Json_IsAnOpenEvent() =>
        Written(output => SseFrame.WriteConnected(output, Message.Stream, new(0xa, 3), Message.Timestamp, new(Json: true, Typed: true)))
            .ShouldBe($$"""data: {"id":"a-3","stream":"builds","timestamp":"{{Time}}","event":"open","message":"Connected at {{Time}}"}{{"\nid: a-3\n\n"}}""");

    [Fact]
    public void WriteResume_AnyVerdict_IsTypedAndWithoutId() =>
        Written(output => SseFrame.WriteResume(output, ResumeVerdict.Judge(new(0xa, 1), new(0xa, 3), 1)))
            .ShouldBe("event: resume\ndata: {\"status\":\"recovered\",\"from\":\"a-1\",\"to\":\"a-3\",\"replayed\":2}\n\n");

    [Fact]
    public void WriteOpening_IsABlockOfItsOwnWithoutDataAndId() =>
        Written(output => SseFrame.WriteOpening(output, TimeSpan.FromSeconds(2.5))).ShouldBe("retry: 2500\nevent: cut\n\n");

    [Fact]
    public void Keepalive_IsTheOriginalsComment() => Encoding.UTF8.GetString(SseFrame.Keepalive).ShouldBe(": keepalive\n\n");

    private static string Write(StreamMessage message, FrameFormat format) => Written(output => SseFrame.WriteMessage(output, message, format));

    private static string Written(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
