using System.Text;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Pushing;

public sealed class PushFormTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private const string Form = "application/x-www-form-urlencoded";

    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("Application/JSON; Charset=\"UTF-8\"")]
    [InlineData("application/json; charset=us-ascii")]
    [InlineData(Form)]
    [InlineData("text/plain")]
    [InlineData("text/plain;charset=UTF-8")]
    [InlineData(null)]
    public async Task Push_OfAMessageObject_IsReadAsJsonWhateverTheType(string? contentType)
    {
        var answer = await gateway.PostAsync("/api/push", $$"""  {"message":"hé 😀","stream":"{{stream}}"}  """, contentType).OkAsync();

        answer.GetProperty("message").GetString().ShouldBe("hé 😀");
        (await gateway.MessagesAsync(stream)).ShouldBe(["hé 😀"]);
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("  two words\r\nand a line \n")]
    [InlineData("{ no json")]
    [InlineData("{\"text\":\"an object, but no message\"}")]
    [InlineData("{\"\\ud83d\":\"half a character as a name\"}")]
    [InlineData("{\"\\ud800abcdef\":1}")]
    [InlineData("{\"\\ud800abc\":1,\"\\udc00\":{\"\\udfff\":\"\\ud800\"}}")]
    [InlineData("{\"x\":1,\"x\":2}")]
    [InlineData("{\"Message\":1,\"MESSAGE\":2}")]
    [InlineData("{\"message\":\"a\"}{\"message\":\"b\"}")]
    [InlineData("[{\"message\":\"a list\"}]")]
    [InlineData("\"a JSON string\"")]
    public async Task Push_OfPlainText_IsTheMessageAsItStands(string text)
    {
        await gateway.PostAsync($"/api/push?stream={stream}", text, "text/plain").OkAsync();

        (await gateway.MessagesAsync(stream)).ShouldBe([text]);
    }

    [Fact]
    public async Task Push_OfRawText_IsTheMessageEvenWhenItLooksLikeAnObject()
    {
        const string Text = """{"message":"inner","stream":"elsewhere"}""";

        await gateway.PostAsync($"/api/push?raw&stream={stream}", Text, "text/plain").OkAsync();

        (await gateway.MessagesAsync(stream)).ShouldBe([Text]);
    }

    [Theory]
    [InlineData("text/plain", "text")]
    [InlineData("application/json", """{"message":"text"}""")]
    [InlineData("application/x-ndjson", """{"message":"text"}""")]
    public async Task Push_WithStreamAndEventInTheQuery_GoesThereAsThat(string contentType, string body)
    {
        await gateway.PostAsync($"/api/push?stream={stream}&event=build.done", body, contentType).OkAsync();

        var message = await OnlyMessageAsync();
        message.GetProperty("message").GetString().ShouldBe("text");
        message.GetProperty("event").GetString().ShouldBe("build.done");
    }

    [Fact]
    public async Task Push_NamingNoStream_GoesToMain()
    {
        var answer = await gateway.PostAsync("/api/push", "to all", "text/plain").OkAsync();

        answer.GetProperty("stream").GetString().ShouldBe("main");
        (await gateway.MessagesAsync("main")).ShouldContain("to all");
    }

    [Fact]
    public async Task Push_WithAByteOrderMark_IsTheTextWithoutIt()
    {
        byte[] body = [0xEF, 0xBB, 0xBF, .. "text"u8];

        await gateway.PostAsync($"/api/push?stream={stream}", body, "text/plain").OkAsync();

        (await gateway.MessagesAsync(stream)).ShouldBe(["text"]);
    }

    [Fact]
    public async Task Push_OfALoneSurrogate_ShowsTheReplacementCharacter()
    {
        await gateway.PostAsync("/api/push", $$"""{"message":"a\ud83db","stream":"{{stream}}"}""").OkAsync();

        (await gateway.MessagesAsync(stream)).ShouldBe(["a\uFFFDb"]);
    }

    [Theory]
    [InlineData("""{"message":"a","Message":"b","STREAM":"elsewhere","stream":"STREAM"}""")]
    [InlineData("""{"message":"a","\ud800":{"\udc00":1},"stream":"STREAM"}""")]
    public async Task Push_WithMembersThatNobodyKnows_LeavesThemAside(string body)
    {
        await gateway.PostAsync("/api/push", body.Replace("\"STREAM\"}", $"\"{stream}\"}}", StringComparison.Ordinal)).OkAsync();

        (await gateway.MessagesAsync(stream)).ShouldBe(["a"]);
    }

    [Fact]
    public async Task Push_OfExactlyTheLargestMessage_IsTaken()
    {
        var text = new string('é', 32 * 1024);
        Encoding.UTF8.GetByteCount(text).ShouldBe(64 * 1024);

        await gateway.PostAsync($"/api/push?stream={stream}", text, "text/plain").OkAsync();
        await gateway.PostAsync($"/api/push?raw&stream={stream}", text, "text/plain").OkAsync();
        // The longest form in which JSON can write the text.
        var escaped = string.Concat(Enumerable.Repeat("\\u0041", 64 * 1024));
        await gateway.PostAsync("/api/push", $$"""{"message":"{{escaped}}","stream":"{{stream}}"}""").OkAsync();

        (await gateway.MessagesAsync(stream)).ShouldBe([text, text, new string('A', 64 * 1024)]);
    }

    [Fact]
    public async Task Push_WithEveryMember_KeepsThemAll()
    {
        var asked = (await gateway.PushAsync("Which?", stream)).GetProperty("id").GetString();
        await gateway.PostAsync("/api/push",
            $$"""
            {"message":"reply","stream":"{{stream}}","event":"reply","source":"Ada ☂","inReplyTo":"{{asked}}","options":["yes","no"],
             "sourceVerified":true,"id":"1-1","unknown":{"a":[1]} }
            """).OkAsync();

        var reply = (await gateway.GetAsync($"/api/streams/{stream}/messages?after={asked}")).GetProperty("messages")[0];
        // The pusher's source is only a claim, so it may not set "sourceVerified".
        reply.MemberNames().ShouldBe(["id", "stream", "timestamp", "event", "message", "source", "inReplyTo", "options"]);
        reply.GetProperty("source").GetString().ShouldBe("Ada ☂");
        reply.GetProperty("event").GetString().ShouldBe("reply");
        reply.GetProperty("inReplyTo").GetString().ShouldBe(asked);
        reply.GetProperty("options").EnumerateArray().Select(o => o.GetString()).ShouldBe(["yes", "no"]);
    }

    private async Task<System.Text.Json.JsonElement> OnlyMessageAsync() =>
        (await gateway.GetAsync($"/api/streams/{stream}/messages")).GetProperty("messages").EnumerateArray().ShouldHaveSingleItem();
}
