using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Webstream.Tools.Tests.Hosting;

namespace Webstream.Tools.Tests.Mcp;

/// <summary>
/// A text that is no request is answered in our words, which say what to send, without a parser's words. A caller's mistake is not logged.
/// </summary>
public sealed class MalformedRequestTests(MalformedRequestTests.LoggedGateway fixture) : IClassFixture<MalformedRequestTests.LoggedGateway>
{
    private const string Ping = """{"jsonrpc":"2.0","id":1,"method":"ping"}""";

    [Theory]
    [InlineData("garbage", -32700, "null", "The body is not JSON")]
    [InlineData("", -32700, "null", "The body is not JSON")]
    [InlineData(Ping + "{}", -32700, "null", "The body is not JSON")]
    [InlineData("[]", -32600, "null", "The body has to be one JSON-RPC 2.0 message")]
    [InlineData("[" + Ping + "]", -32600, "null", "The body has to be one JSON-RPC 2.0 message, a JSON object: lists of messages are not taken.")]
    [InlineData("\"x\"", -32600, "null", "The body has to be one JSON-RPC 2.0 message")]
    [InlineData("""{"jsonrpc":"2.0","id":1}""", -32600, "1", "method has to be a string")]
    [InlineData("""{"jsonrpc":"2.0","id":true,"method":"ping"}""", -32600, "null", "id has to be a string or a number")]
    [InlineData("""{"jsonrpc":"2.0","id":null,"method":"ping"}""", -32600, "null", "id has to be a string or a number")]
    [InlineData("""{"jsonrpc":"2.0","id":"\ud800","method":"ping"}""", -32600, "null", "id is not well-formed Unicode")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}""", -32600, "null", "id stands twice")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping","\ud800":1}""", -32600, "1", "The name of a member is not well-formed Unicode")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[1]}""", -32602, "1", "params has to be a JSON object.")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"a":1,"a":2}}""", -32602, "1", "a stands twice")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"push_stream","arguments":"x"}}""", -32602, "1", "arguments has to be a JSON object")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"push_stream","arguments":{"message":"\ud800"}}}""", -32602, "1", "message is not well-formed Unicode")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"push_stream","arguments":{"message":"x","\ud800":"y"}}}""", -32602, "1", "The name of a member of arguments")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"push_stream","arguments":{"message":"x","message":"y"}}}""", -32602, "1", "message stands twice")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"push_stream","arguments":{"message":"x","Message":"y"}}}""", -32602, "1", "Message stands twice")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":5}}""", -32602, "1", "name has to be a string")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":[]}}""", -32602, "1", "_meta has to be a JSON object")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"resources/read"}""", -32602, "1", "uri is missing")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{}}""", -32602, "1", "name is missing")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"loud"}}""", -32602, "1", "level has to be one of")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":5}}""", -32602, "1", "cursor has to be the cursor of an answer")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}""", -32602, "1", "protocolVersion is missing")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":[],"clientInfo":{"name":"a","version":"1"}}}""", -32602, "1", "capabilities has to be")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","clientInfo":{"name":"a","version":"1"}}}""", -32602, "1", "capabilities is missing")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{}}}""", -32602, "1", "clientInfo is missing")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"a"}}}""", -32602, "1", "clientInfo.version is missing")]
    public async Task Body_ThatIsNoRequest_IsAnsweredWithWhatToSend(string body, int code, string id, string says)
    {
        var (status, answer) = await PostAsync(Encoding.UTF8.GetBytes(body));

        status.ShouldBe(400);
        var error = JsonDocument.Parse(answer).RootElement;
        error.GetProperty("id").GetRawText().ShouldBe(id);
        error.GetProperty("error").GetProperty("code").GetInt32().ShouldBe(code);
        error.GetProperty("error").GetProperty("message").GetString()!.ShouldStartWith(says);
        answer.ShouldNotContain("ModelContextProtocol");
        fixture.ShouldHaveLoggedNothing();
    }

    [Fact]
    public async Task Body_InAnotherEncoding_IsRefusedByName()
    {
        byte[] latin = [.. """{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"push_stream","arguments":{"message":"caf"""u8, 0xE9, .. "\"}}}"u8];

        (await PostAsync(latin)).ShouldBe((400, """{"jsonrpc":"2.0","id":7,"error":{"code":-32700,"message":"The body is not valid UTF-8. Send it in UTF-8."}}"""));
        (await PostAsync(Encoding.Unicode.GetBytes(Ping))).ShouldBe((400, """{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"The body is UTF-16. Send it in UTF-8."}}"""));
        (await PostAsync([.. "\uFEFF"u8, .. Encoding.UTF8.GetBytes(Ping)])).Status.ShouldBe(200);
        fixture.ShouldHaveLoggedNothing();
    }

    [Theory]
    [InlineData("application/json; charset=\"UTF-8\"", 200)]
    [InlineData("Application/JSON;charset=utf-8", 200)]
    [InlineData("application/json; charset=us-ascii", 200)]
    [InlineData("application/vnd.mcp+json", 200)]
    [InlineData(null, 415)]
    [InlineData("", 415)]
    [InlineData(";;;", 415)]
    [InlineData("application", 415)]
    [InlineData("text/plain", 415)]
    [InlineData("application/x-www-form-urlencoded", 415)]
    [InlineData("application/json; charset=bogus", 415)]
    [InlineData("application/json; charset=utf-16", 415)]
    [InlineData("application/json, application/json", 415)]
    public async Task ContentType_OtherThanJson_IsRefusedWithWhatToSend(string? contentType, int status)
    {
        var answer = await PostAsync(Encoding.UTF8.GetBytes(Ping), contentType);

        answer.Status.ShouldBe(status, answer.Text);
        if (status == 415)
        {
            JsonDocument.Parse(answer.Text).RootElement.GetProperty("error").GetProperty("message").GetString()
                .ShouldBe("Send one JSON-RPC 2.0 message in UTF-8, and say so: Content-Type: application/json.");
        }

        fixture.ShouldHaveLoggedNothing();
    }

    [Theory]
    [InlineData("1.0")]
    [InlineData("1e3")]
    [InlineData("1E+3")]
    [InlineData("1.5")]
    [InlineData("18446744073709551615")]
    [InlineData("12345678901234567890123")]
    [InlineData("-1")]
    [InlineData("\"x\"")]
    public async Task Id_OfAnyNumberOrText_StandsInTheAnswerAsItCame(string id)
    {
        var (status, answer) = await PostAsync(Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","id":{{id}},"method":"ping"}"""));

        status.ShouldBe(200);
        answer.ShouldBe($$"""event: message{{"\n"}}data: {"result":{},"id":{{id}},"jsonrpc":"2.0"}{{"\n\n"}}""");
    }

    [Fact]
    public async Task Id_OfAnOddNumber_StandsInAnErrorOfTheLibraryToo()
    {
        var (status, answer) = await PostAsync("""{"jsonrpc":"2.0","id":1e3,"method":"tools/list"}"""u8.ToArray(), headers: ("MCP-Protocol-Version", "1999-01-01"));

        status.ShouldBe(400);
        JsonDocument.Parse(answer).RootElement.GetProperty("id").GetRawText().ShouldBe("1e3");
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/initialized"}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/initialized","params":[]}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/initialized","params":5}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":true}}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"requestId":1}}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"\ud800":1}}""")]
    [InlineData("""{"method":"notifications/initialized"}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"tools/list"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"error":5}""")]
    public async Task Notification_OfAnyKind_IsTakenWithoutAnAnswer(string body)
    {
        (await PostAsync(Encoding.UTF8.GetBytes(body))).ShouldBe((202, ""));
        fixture.ShouldHaveLoggedNothing();
    }

    [Theory]
    [InlineData("tools/list", "[]")]
    [InlineData("ping", "[]")]
    [InlineData("ping", "null")]
    [InlineData("tools/call", """{"name":"list_streams","arguments":[]}""")]
    [InlineData("prompts/get", """{"name":"narrate","arguments":[]}""")]
    [InlineData("prompts/get", """{"name":"narrate","arguments":{"task":null}}""")]
    [InlineData("tools/list", """{"cursor":""}""")]
    public async Task Parameters_ThatAreAnEmptyList_CountAsNone(string method, string parameters)
    {
        var (status, answer) = await PostAsync(Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}","params":{{parameters}}}"""));

        status.ShouldBe(200, answer);
        answer.ShouldContain("\"result\":{");
    }

    [Theory]
    [InlineData("no/such/method", "{}", -32601)]
    [InlineData("tools/call", """{"name":"nope"}""", -32602)]
    [InlineData("tools/call", """{"name":"nope\r\nFORGED\u001b[2J"}""", -32602)]
    [InlineData("prompts/get", """{"name":"nope"}""", -32602)]
    [InlineData("prompts/get", """{"name":"narrate","arguments":{"task":5}}""", -32602)]
    [InlineData("prompts/get", """{"name":"narrate","arguments":{"stream":"a b"}}""", -32602)]
    [InlineData("resources/read", """{"uri":"webstream://nope"}""", -32002)]
    [InlineData("resources/read", """{"uri":""}""", -32002)]
    [InlineData("resources/read", """{"uri":"webstream://streams/a%2Fb/status"}""", -32602)]
    [InlineData("server/discover", "{}", -32602)]
    public async Task Request_ForWhatThereIsNot_IsAnErrorAndNothingInTheLog(string method, string parameters, int code)
    {
        var (_, answer) = await PostAsync(Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}","params":{{parameters}}}"""));

        answer.ShouldContain($"\"error\":{{\"code\":{code},");
        answer.ShouldNotContain("An error occurred");
        fixture.ShouldHaveLoggedNothing();
    }

    private async Task<(int Status, string Text)> PostAsync(byte[] body, string? contentType = "application/json", params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/mcp") { Content = new ByteArrayContent(body) };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (contentType is not null)
        {
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var answer = await fixture.Gateway.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>A gateway whose log the tests read.</summary>
    public sealed class LoggedGateway : IAsyncLifetime
    {
        private readonly FakeLoggerProvider log = new();

        public TestGateway Gateway { get; private set; } = null!;

        public async ValueTask InitializeAsync() =>
            Gateway = await TestGateway.StartAsync("http://127.0.0.1:0", builder => builder.Services.AddSingleton<ILoggerProvider>(log));

        public void ShouldHaveLoggedNothing() => log.Collector.GetSnapshot()
            .Where(record => record.Level >= LogLevel.Warning || record.Exception is not null)
            .Select(record => $"{record.Category}: {record.Message} {record.Exception}").ShouldBeEmpty();

        public ValueTask DisposeAsync() => Gateway.DisposeAsync();
    }
}
