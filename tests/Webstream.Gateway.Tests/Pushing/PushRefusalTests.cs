using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Pushing;

public sealed class PushRefusalTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private const string Json = "application/json";
    private const string Text = "text/plain";
    private const string Example = " Send {\"message\": \"your text\"}.";
    private const string NoMessage = "There is no message, or it is empty." + Example;
    private const string NotAnObject = "The body is not a JSON object." + Example;
    private const string WrongType = " has the wrong type: texts are strings, options a list of strings." + Example;
    private const string Lines = "application/x-ndjson";
    private const string Twice = " stands twice. Send each member once.";
    private const string ContentTypes = "The content type is application/json, text/plain or application/x-ndjson, in UTF-8 and not compressed.";
    private const string NameRule = "1 to 100 characters from A-Z a-z 0-9 . _ - : and the first one a letter or digit";
    private const string BadStream = "A stream name is " + NameRule + ".";
    private const string BadEvent = "The event type is " + NameRule + ", and not resume, end, denied, error, open or close, which only the gateway or the browser says.";
    private const string BadKey = "An idempotency key is 1 to 200 printable ASCII characters without spaces.";
    private const string BadReply = "inReplyTo is the id of a message, as <epoch>-<sequence>.";
    private const string BadSource = "The source is 1 to 64 characters of well-formed Unicode, none of them a control character.";
    private const string BadOptions = "A question has 1 to 32 options, each of 1 to 200 characters of well-formed Unicode.";
    private const string BadUtf8 = "The body is not valid UTF-8. Send the text in UTF-8.";

    private readonly TestGateway gateway = fixture.Gateway;

    [Theory]
    [InlineData(Json, "", 400, "The body is empty." + Example)]
    [InlineData(Json, " \r\n\t", 400, "The body is empty." + Example)]
    [InlineData(null, "", 400, "The body is empty." + Example)]
    [InlineData(Text, "", 400, NoMessage)]
    [InlineData(Json, "{}", 400, NoMessage)]
    [InlineData(Json, """{"message":""}""", 400, NoMessage)]
    [InlineData(Json, """{"message":null}""", 400, NoMessage)]
    [InlineData(Json, """{"Message":"a"}""", 400, NoMessage)]
    [InlineData(Text, """{"message":""}""", 400, NoMessage)]
    [InlineData(Json, "null", 400, "The body is null." + Example)]
    [InlineData(Json, """{"message":7}""", 400, "The member message" + WrongType)]
    [InlineData(Json, """{"message":["a"]}""", 400, "The member message" + WrongType)]
    [InlineData(Json, """{"message":{"a":1}}""", 400, "The member message" + WrongType)]
    [InlineData(Json, """{"message":"a","stream":1}""", 400, "The member stream" + WrongType)]
    [InlineData(Json, """{"message":"a","options":"yes"}""", 400, "The member options" + WrongType)]
    [InlineData(Json, """{"message":"a","options":[1]}""", 400, "The member options[0]" + WrongType)]
    [InlineData(Json, """["message"]""", 400, NotAnObject)]
    [InlineData(Json, "\"message\"", 400, NotAnObject)]
    [InlineData(Json, "hello", 400, NotAnObject)]
    [InlineData(Json, """{"message":"a" """, 400, NotAnObject)]
    [InlineData(Json, """{"message":tru}""", 400, NotAnObject)]
    [InlineData(Json, """{"message":"a"} {"message":"b"}""", 400, NotAnObject)]
    [InlineData("application/x-www-form-urlencoded", "message=hello", 400, NotAnObject)]
    [InlineData(Json, """{"message":"a","message":"b"}""", 400, "The member message" + Twice)]
    [InlineData(null, """{"message":"a","\u006dessage":"b"}""", 400, "The member message" + Twice)]
    [InlineData(Json, """{"message":"a","stream":"main","stream":"other"}""", 400, "The member stream" + Twice)]
    [InlineData(Json, """{"message":"a","more":[{"x":1,"x":2}]}""", 400, "The member more[0].x" + Twice)]
    [InlineData(Json, """{"message":"a","\ud800":1,"\ud801":2}""", 400, "The member \uFFFD" + Twice)]
    [InlineData(Json, """{"message":"a","x\n":1,"x\n":2}""", 400, "The member x?" + Twice)]
    [InlineData(Text, """{"message":"a","message":"b"}""", 400, "The member message" + Twice + " With ?raw the body is taken as text.")]
    [InlineData(Text, """{"\ud800":1,"message":7}""", 400, "The member message" + WrongType)]
    [InlineData(Lines, """{"message":"a"}{"message":"b"}""", 400, "The body is not a JSON object. Line 1 is not a JSON object with a message." + Example)]
    [InlineData(Lines, "{\"message\":\"a\"}\n\n{\"message\":\"b\",\"message\":\"c\"}", 400, "Line 3: The member message" + Twice)]
    [InlineData(Lines, "{\"message\":\"a\"}\n{\"message\":\"b\",\"x\":{\"\\ud800\":1,\"\\ud800\":1}}", 400, "Line 2: The member x.\uFFFD" + Twice)]
    [InlineData("application/xml", "<a/>", 415, ContentTypes)]
    [InlineData("multipart/form-data; boundary=x", "--x--", 415, ContentTypes)]
    [InlineData("nonsense", "hello", 415, ContentTypes)]
    [InlineData("application/json; charset=utf-16", """{"message":"a"}""", 415, ContentTypes)]
    [InlineData("text/plain; charset=iso-8859-1", "a", 415, ContentTypes)]
    [InlineData("text/plain; charset=no-such", "a", 415, ContentTypes)]
    [InlineData(Json, """{"message":"a","stream":""}""", 400, BadStream)]
    [InlineData(Json, """{"message":"a","stream":"-a"}""", 400, BadStream)]
    [InlineData(Json, """{"message":"a","stream":"a b"}""", 400, BadStream)]
    [InlineData(Json, """{"message":"a","stream":"a\u0000"}""", 400, BadStream)]
    [InlineData(Json, """{"message":"a","stream":"a\n"}""", 400, BadStream)]
    [InlineData(Json, """{"message":"a","stream":"é"}""", 400, BadStream)]
    [InlineData(Json, """{"message":"a","stream":"../a"}""", 400, BadStream)]
    [InlineData(Json, """{"message":"a","event":"a b"}""", 400, BadEvent)]
    [InlineData(Json, """{"message":"a","event":"a\nid: 1-1"}""", 400, BadEvent)]
    [InlineData(Json, """{"message":"a","event":"resume"}""", 400, BadEvent)]
    [InlineData(Json, """{"message":"a","event":"Error"}""", 400, BadEvent)]
    [InlineData(Json, """{"message":"a","event":"open"}""", 400, BadEvent)]
    [InlineData(Json, """{"message":"a","event":"CLOSE"}""", 400, BadEvent)]
    [InlineData(Json, """{"message":"a","inReplyTo":"abc"}""", 400, BadReply)]
    [InlineData(Json, """{"message":"a","inReplyTo":"ABC-1"}""", 400, BadReply)]
    [InlineData(Json, """{"message":"a","inReplyTo":"0-0"}""", 400, "inReplyTo is the id of the message that is answered.")]
    [InlineData(Json, """{"message":"a","idempotencyKey":"a b"}""", 400, BadKey)]
    [InlineData(Json, """{"message":"a","idempotencyKey":"é"}""", 400, BadKey)]
    [InlineData(Json, """{"message":"a","source":"a\nb"}""", 400, BadSource)]
    [InlineData(Json, """{"message":"a","options":["a",""]}""", 400, BadOptions)]
    [InlineData(Json, """{"message":"a","options":[null]}""", 400, BadOptions)]
    public async Task Push_Malformed_IsRefusedWithWordsThatMendIt(string? contentType, string body, int status, string error)
    {
        var before = await gateway.HeadAsync("main");

        (await gateway.PostAsync("/api/push", body, contentType).ProblemAsync(status)).ShouldBe(error);

        (await gateway.HeadAsync("main")).ShouldBe(before);
    }

    [Theory]
    [InlineData("?stream=", BadStream)]
    [InlineData("?stream=a%20b", BadStream)]
    [InlineData("?stream=a&stream=b", "The request names two streams, a and b. Name one.")]
    [InlineData("?stream=a%0Aid:1-1", BadStream)]
    [InlineData("?event=resume", BadEvent)]
    [InlineData("?event=a%0D%0Adata:x", BadEvent)]
    public async Task Push_WithABadQuery_IsRefused(string query, string error)
    {
        var before = await gateway.HeadAsync("main");

        (await gateway.PostAsync($"/api/push{query}", "text", Text).ProblemAsync(400)).ShouldBe(error);

        (await gateway.HeadAsync("main")).ShouldBe(before);
    }

    [Fact]
    public async Task Push_WithAMemberOneTooLong_IsRefused()
    {
        var before = await gateway.HeadAsync("main");
        string Long(int length) => new('a', length);

        (await RefusedAsync($$"""{"message":"a","stream":"{{Long(101)}}"}""")).ShouldBe(BadStream);
        (await RefusedAsync($$"""{"message":"a","event":"{{Long(101)}}"}""")).ShouldBe(BadEvent);
        (await RefusedAsync($$"""{"message":"a","source":"{{Long(65)}}"}""")).ShouldBe(BadSource);
        (await RefusedAsync($$"""{"message":"a","idempotencyKey":"{{Long(201)}}"}""")).ShouldBe(BadKey);
        (await RefusedAsync($$"""{"message":"a","options":["{{Long(201)}}"]}""")).ShouldBe(BadOptions);
        (await RefusedAsync($$"""{"message":"a","options":[{{string.Join(',', Enumerable.Repeat("\"x\"", 33))}}]}""")).ShouldBe(BadOptions);

        (await gateway.HeadAsync("main")).ShouldBe(before);
        Task<string> RefusedAsync(string body) => gateway.PostAsync("/api/push", body).ProblemAsync(400);
    }

    [Theory]
    [InlineData("text/plain", new byte[] { (byte)'a', 0xFF })]
    [InlineData("text/plain", new byte[] { 0xC0, 0xAF })]
    [InlineData("text/plain", new byte[] { 0xED, 0xA0, 0xBD })]
    [InlineData("application/json", new byte[] { (byte)'{', (byte)'"', 0xE9, (byte)'"' })]
    [InlineData("application/x-ndjson", new byte[] { 0xFE, 0xFF })]
    public async Task Push_InInvalidUtf8_IsRefused(string contentType, byte[] body)
    {
        var before = await gateway.HeadAsync("main");

        (await gateway.PostAsync("/api/push", body, contentType).ProblemAsync(400)).ShouldBe(BadUtf8);

        (await gateway.HeadAsync("main")).ShouldBe(before);
    }

    [Theory]
    [InlineData(Json, "", "The JSON is nested more than 64 levels deep." + Example)]
    [InlineData(Lines, "{\"message\":\"a\"}\n", "Line 2: The JSON is nested more than 64 levels deep." + Example)]
    public async Task Push_NestedTooDeeply_IsRefused(string contentType, string before, string error) =>
        (await gateway.PostAsync("/api/push", $$"""{{before}}{"message":"a","x":{{new string('[', 70)}}{{new string(']', 70)}}}""", contentType).ProblemAsync(400)).ShouldBe(error);

    [Fact]
    public async Task Push_OfJsonInUtf16_IsRefusedByName() =>
        (await gateway.PostAsync("/api/push", System.Text.Encoding.Unicode.GetBytes("""{"message":"a"}"""), Json).ProblemAsync(400))
            .ShouldBe("The body is UTF-16. Send it in UTF-8." + Example);

    [Fact]
    public async Task Push_WithHeaderAndMemberKeysThatDiffer_IsRefused() =>
        (await gateway.PostAsync("/api/push", """{"message":"a","idempotencyKey":"one"}""", Json, ("Idempotency-Key", "two")).ProblemAsync(400))
            .ShouldBe("The header Idempotency-Key and the member idempotencyKey differ. Send one of them.");

    [Fact]
    public async Task Push_NamingTwoStreams_IsRefused() =>
        (await gateway.PostAsync("/api/push?stream=one", """{"message":"a","stream":"two"}""").ProblemAsync(400))
            .ShouldBe("The request names two streams, two and one. Name one.");
}
