using System.Text.Json;

namespace Webstream.Protocol.Tests.Api;

public class WireJsonTests
{
    private static readonly DateTimeOffset Time = new(2025, 11, 11, 12, 34, 56, TimeSpan.Zero);

    private static readonly StreamMessage Plain = new()
    {
        Id = new(0xabc, 7),
        Stream = StreamName.Main,
        Timestamp = Time,
        Message = "héllo <b>& \"you\"",
    };

    [Fact]
    public void StreamMessage_WithoutOptionalMembers_LeavesThemOut() =>
        JsonSerializer.Serialize(Plain, WireJson.Instance.StreamMessage).ShouldBe(
            """{"id":"abc-7","stream":"main","timestamp":"2025-11-11T12:34:56.000000+00:00","message":"héllo <b>& \"you\""}""");

    [Fact]
    public void StreamMessage_WithAllMembers_WritesThemInCamelCase() =>
        JsonSerializer.Serialize(
            Plain with { Message = "ok?", Event = "question", Source = "me", SourceVerified = true, InReplyTo = new(0xabc, 3), Options = ["yes", "no"] },
            WireJson.Instance.StreamMessage).ShouldBe(
            """{"id":"abc-7","stream":"main","timestamp":"2025-11-11T12:34:56.000000+00:00","event":"question","message":"ok?","source":"me","sourceVerified":true,"inReplyTo":"abc-3","options":["yes","no"]}""");

    [Fact]
    public void StreamMessage_ReadBack_IsTheSame()
    {
        var message = Plain with { Event = "question", Source = "me", SourceVerified = true, InReplyTo = new(0xabc, 3), Options = ["yes", "no"] };
        var read = JsonSerializer.Deserialize(JsonSerializer.Serialize(message, WireJson.Instance.StreamMessage), WireJson.Instance.StreamMessage)!;
        read.Options.ShouldBe(message.Options);
        (read with { Options = message.Options }).ShouldBe(message);
    }

    [Theory]
    [InlineData("\"no id\"")]
    [InlineData("\"ABC-1\"")]
    [InlineData("7")]
    [InlineData("null")]
    public void EventId_ThatIsNone_IsAJsonError(string id) =>
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize(
            $$"""{"id":{{id}},"stream":"main","timestamp":"2025-11-11T12:34:56+00:00","message":"m"}""", WireJson.Instance.StreamMessage));

    [Fact]
    public void StreamName_ThatBreaksTheRule_IsAJsonError() =>
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize(
            """{"id":"a-1","stream":"a b","timestamp":"2025-11-11T12:34:56+00:00","message":"m"}""", WireJson.Instance.StreamMessage));

    [Fact]
    public void ResumeVerdict_Recovered_HasNoMissedAndNoStart() =>
        JsonSerializer.Serialize(ResumeVerdict.Judge(new(0xa, 1), new(0xa, 3), 1), WireJson.Instance.ResumeVerdict).ShouldBe(
            """{"status":"recovered","from":"a-1","to":"a-3","replayed":2}""");

    [Fact]
    public void ResumeVerdict_Gap_SaysHowManyWereMissed() =>
        JsonSerializer.Serialize(ResumeVerdict.Judge(new(0xa, 1), new(0xa, 9), 5), WireJson.Instance.ResumeVerdict).ShouldBe(
            """{"status":"gap","from":"a-1","to":"a-9","replayed":5,"missed":3}""");

    [Fact]
    public void ResumeVerdict_ResetOfAStreamThatGaveWay_HasTheReason() =>
        JsonSerializer.Serialize(ResumeVerdict.Judge(new(0xa, 1), EventId.Zero, 1, forgotten: 0xa), WireJson.Instance.ResumeVerdict).ShouldBe(
            """{"status":"reset","from":"a-1","to":"0-0","replayed":0,"reason":"forgotten"}""");

    [Fact]
    public void StreamList_LastPage_HasNoNext()
    {
        JsonSerializer.Serialize(new StreamList([]), WireJson.Instance.StreamList).ShouldBe("""{"streams":[]}""");
        JsonSerializer.Serialize(new StreamList([], StreamName.Main), WireJson.Instance.StreamList).ShouldBe("""{"streams":[],"next":"main"}""");
    }

    [Fact]
    public void ResumeVerdict_ResetOfAMalformedId_HasNoFrom() =>
        JsonSerializer.Serialize(new ResumeVerdict(ResumeStatus.Reset, null, new(0xa, 9), 0), WireJson.Instance.ResumeVerdict).ShouldBe(
            """{"status":"reset","to":"a-9","replayed":0}""");

    [Fact]
    public void StreamSummary_WithHistory_HasItsShape() =>
        JsonSerializer.Serialize(
            new StreamSummary { Name = StreamName.Main, Head = new(0xa, 9), Oldest = 5, Clients = 3, Gateways = 2, LastMessageAt = Time, WindowSeconds = 1.5 },
            WireJson.Instance.StreamSummary).ShouldBe(
            """{"name":"main","head":"a-9","oldest":5,"clients":3,"gateways":2,"retained":5,"lastMessageAt":"2025-11-11T12:34:56.000000+00:00","windowSeconds":1.5}""");

    [Fact]
    public void StreamSummary_OfAnEmptyStream_RetainsNothing() =>
        JsonSerializer.Serialize(
            new StreamSummary { Name = StreamName.Main, Head = EventId.Zero, Oldest = 1, Clients = 1, Gateways = 1 },
            WireJson.Instance.StreamSummary).ShouldBe("""{"name":"main","head":"0-0","oldest":1,"clients":1,"gateways":1,"retained":0}""");

    [Fact]
    public void ReadPage_ReadBack_IsTheSame()
    {
        var page = new ReadPage(StreamName.Main, [Plain], new(0xabc, 7), new(0xabc, 9), ResumeVerdict.Judge(new(0xabc, 6), new(0xabc, 9), 1));
        var read = JsonSerializer.Deserialize(JsonSerializer.Serialize(page, WireJson.Instance.ReadPage), WireJson.Instance.ReadPage)!;
        read.Messages.ShouldBe(page.Messages);
        (read with { Messages = page.Messages }).ShouldBe(page);
    }

    [Fact]
    public void PushAnswer_OfOneMessage_BeginsWithTheOriginalsMembers() =>
        JsonSerializer.Serialize(PushAnswer.From(Receipt, new() { Message = "hi" }), WireJson.Instance.PushAnswer).ShouldBe(
            """{"status":"success","message":"hi","timestamp":"2025-11-11T12:34:56.000000+00:00","clients":2,"id":"a-4","stream":"main","gateways":1,"duplicate":false}""");

    [Fact]
    public void PushAnswer_BeforeTheCountSettled_SaysSo() =>
        PushAnswer.From(Receipt with { Settled = false }, new() { Message = "hi" }).Settled.ShouldBe(false);

    [Fact]
    public void BatchAnswer_HasItsShape() =>
        JsonSerializer.Serialize(BatchAnswer.From(Receipt with { Duplicate = true }, 3), WireJson.Instance.BatchAnswer).ShouldBe(
            """{"status":"success","accepted":3,"firstId":"a-4","lastId":"a-6","stream":"main","timestamp":"2025-11-11T12:34:56.000000+00:00","clients":2,"gateways":1,"duplicate":true}""");

    [Fact]
    public void PushBody_WithUnknownMembers_IgnoresThem()
    {
        var body = JsonSerializer.Deserialize("""{"message":"hi","inReplyTo":"a-1","colour":"red"}""", WireJson.Instance.PushBody)!;
        (body.Message, body.InReplyTo, body.Stream).ShouldBe(("hi", "a-1", null));
    }

    private static PushReceipt Receipt => new()
    {
        Stream = StreamName.Main,
        FirstId = new(0xa, 4),
        LastId = new(0xa, 6),
        Timestamp = Time,
        Clients = 2,
        Gateways = 1,
    };
}
