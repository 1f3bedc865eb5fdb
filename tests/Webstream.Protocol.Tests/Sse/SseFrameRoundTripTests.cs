using System.Buffers;
using System.Net.ServerSentEvents;
using System.Text.Json;
using CsCheck;

namespace Webstream.Protocol.Tests.Sse;

/// <summary>Any text passes through a frame and an independent parser. It comes out as it went in, and forges nothing.</summary>
public class SseFrameRoundTripTests
{
    private static readonly DateTimeOffset Time = new(2025, 11, 11, 12, 34, 56, TimeSpan.Zero);

    [Fact]
    public void Text_AnyMessage_ComesOutWithLineFeeds() =>
        HostileText.Any.Sample(
            text => Parse(text, FrameFormat.Text, "message").ShouldBe(
                $"[{Timestamp.Format(Time)}] {HostileText.WithLineFeeds(HostileText.WellFormed(text))}"),
            iter: 10_000);

    [Fact]
    public void TypedText_AnyMessage_ComesOutWithLineFeeds() =>
        HostileText.Any.Sample(
            text => Parse(text, new(Json: false, Typed: true), "note").ShouldBe(
                $"[{Timestamp.Format(Time)}] {HostileText.WithLineFeeds(HostileText.WellFormed(text))}"),
            iter: 2_000);

    [Fact]
    public void Json_AnyMessage_ComesOutAsItWentIn() =>
        HostileText.Any.Sample(text => MessageIn(Parse(text, new(Json: true, Typed: false), "message")).ShouldBe(HostileText.WellFormed(text)), iter: 10_000);

    [Fact]
    public void TypedJson_AnyMessage_ComesOutAsItWentIn() =>
        HostileText.Any.Sample(text => MessageIn(Parse(text, new(Json: true, Typed: true), "note")).ShouldBe(HostileText.WellFormed(text)), iter: 2_000);

    private static string MessageIn(string json)
    {
        // The JSON is one line: nothing in it can be taken for an end of line, whatever characters the client splits at.
        json.ShouldNotContain("\n");
        json.ShouldNotContain("\u2028");
        json.ShouldNotContain("\u2029");
        return JsonSerializer.Deserialize(json, WireJson.Instance.StreamMessage)!.Message;
    }

    // A second message after the first shows that the first ended where it should.
    private static string Parse(string text, FrameFormat format, string type)
    {
        var output = new ArrayBufferWriter<byte>();
        var message = new StreamMessage { Id = new(0xabc, 1), Stream = StreamName.Main, Timestamp = Time, Event = "note", Message = text };
        SseFrame.WriteMessage(output, message, format);
        SseFrame.WriteMessage(output, message with { Id = new(0xabc, 2), Event = null, Message = "end" }, FrameFormat.Text);

        using var stream = new MemoryStream(output.WrittenSpan.ToArray());
        var parser = SseParser.Create(stream);
        var items = parser.Enumerate().ToArray();

        items.Select(item => item.EventId).ShouldBe(["abc-1", "abc-2"]);
        items.Select(item => item.EventType).ShouldBe([type, "message"]);
        items[1].Data.ShouldBe($"[{Timestamp.Format(Time)}] end");
        parser.ReconnectionInterval.ShouldBe(Timeout.InfiniteTimeSpan);
        return items[0].Data;
    }
}
