using System.Globalization;
using System.Text;
using System.Text.Json;
using Webstream.Mcp.Tests.Harness;

namespace Webstream.Mcp.Tests.Stdio;

/// <summary>The server answers every line truthfully, the process goes on, and earlier requests are answered.</summary>
public sealed class OddLinesTests : IAsyncLifetime
{
    private readonly Machine machine = new();
    private ServerRun? started;

    private ServerRun Server => started!;

    public async ValueTask InitializeAsync()
    {
        started = await ServerRun.Start(machine).HandshakeAsync();
        await machine.InfoAsync();
        // This request waits while everything else comes, and has to be answered in the end.
        await Server.CallAsync(50, "read_stream", """{"stream":"quiet","wait_seconds":45}""");
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await machine.DisposeAsync();
    }

    [Fact]
    public async Task Ids_OfEveryKind_AreEchoedOrRefusedWithNull()
    {
        foreach (var id in new[] { "1.0", "1e3", "1E+3", "-0", "1.5", "18446744073709551615", "12345678901234567890123", "1e999", "9007199254740993", "-1", "\"\"", "\"1\"", "\"\\u00e9\\n\"" })
        {
            await SendAsync($$"""{"jsonrpc":"2.0","id":{{id}},"method":"ping"}""");
            var answer = await Server.LineAsync();
            answer.TryGetProperty("result", out _).ShouldBeTrue(answer.GetRawText());
            var echoed = answer.GetProperty("id");
            (echoed.ValueKind == JsonValueKind.String ? JsonSerializer.Serialize(echoed.GetString()) : echoed.GetRawText())
                .ShouldBe(id.StartsWith('"') ? JsonSerializer.Serialize(JsonDocument.Parse(id).RootElement.GetString()) : id);
        }

        foreach (var id in new[] { "null", "true", "{\"a\":1}", "[1]", "\"\\ud800\"" })
        {
            await SendAsync($$"""{"jsonrpc":"2.0","id":{{id}},"method":"ping"}""");
            (await ErrorAsync("null", -32600)).ShouldStartWith("id ");
        }

        await StillAliveAsync();
    }

    [Fact]
    public async Task Lines_ThatAreNoMessage_AreRefused()
    {
        foreach (var (line, code) in new[]
        {
            ("this is no JSON", -32700), ("{\"jsonrpc\":\"2.0\",\"id\":", -32700), ("{broken", -32700), ("\0\u0007", -32700),
            ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"},", -32700), ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}{}", -32700),
            ("[]", -32600), ("null", -32600), ("5", -32600), ("\"x\"", -32600), ("{}", -32600),
            ("[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"},{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\"}]", -32600),
        })
        {
            await SendAsync(line);
            await ErrorAsync("null", code);
        }

        await SendAsync("""{"jsonrpc":"2.0","id":1}""");
        await ErrorAsync("1", -32600);
        await SendAsync($$"""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{{new string('[', 200)}}{{new string(']', 200)}}}""");
        (await ErrorAsync("7", -32600)).ShouldContain("64 levels");
        await StillAliveAsync();
    }

    [Fact]
    public async Task Members_ThatStandTwiceOrHoldHalfACharacter_AreNamed()
    {
        foreach (var (parameters, says) in new[]
        {
            ("""{"name":"push_stream","arguments":{"message":"x","Message":"y"}}""", "Message stands twice"),
            ("""{"name":"push_stream","arguments":{"message":"x","message":"y"}}""", "message stands twice"),
            ("""{"name":"push_stream","Name":"x","arguments":{}}""", "Name stands twice"),
            ("""{"a":1,"a":2}""", "a stands twice"),
            ("""{"name":"push_stream","_meta":{"a":1,"a":2}}""", "_meta.a stands twice"),
            ("""{"name":"push_stream","arguments":{"message":"x","\ud800abc":"b"}}""", "The name of a member of arguments is not well-formed"),
            ("""{"name":"push_stream","arguments":{"message":"\ud800"}}""", "message is not well-formed Unicode"),
            ("""{"name":"push_stream","\ud800":"b"}""", "The name of a member of params is not well-formed"),
            ("""{"name":"push_stream","_meta":{"\ud800":"b"}}""", "The name of a member of _meta is not well-formed"),
        })
        {
            await SendAsync($$"""{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{{parameters}}}""");
            (await ErrorAsync("5", -32602)).ShouldStartWith(says);
        }

        await SendAsync("""{"method":"x","id":"\ud800"}""");
        await ErrorAsync("null", -32600);
        await SendAsync("""{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}""");
        await ErrorAsync("null", -32600);
        await StillAliveAsync();
    }

    [Fact]
    public async Task Parameters_OfWrongTypes_AreNamedWithWhatToSend()
    {
        foreach (var (method, parameters, says) in new[]
        {
            ("tools/call", "[1]", "params has to be a JSON object"),
            ("tools/call", """{"name":"push_stream","arguments":"{\"message\":\"x\"}"}""", "arguments has to be a JSON object"),
            ("tools/call", "{}", "name is missing. Send the name of a tool"),
            ("tools/call", """{"name":5}""", "name has to be a string"),
            ("ping", """{"_meta":[]}""", "_meta has to be a JSON object"),
            ("resources/read", "{}", "uri is missing. Send the address of a resource"),
            ("prompts/get", "{}", "name is missing. Send the name of a prompt"),
            ("prompts/get", """{"name":"narrate","arguments":{"task":5}}""", "task has to be a string"),
            ("logging/setLevel", """{"level":"loud"}""", "level has to be one of debug"),
            ("tools/list", """{"cursor":5}""", "cursor has to be the cursor of an answer"),
            ("initialize", "{}", "protocolVersion is missing"),
            ("initialize", """{"protocolVersion":"2025-06-18","capabilities":[]}""", "capabilities has to be a JSON object"),
            ("initialize", """{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"a"}}""", "clientInfo.version is missing"),
        })
        {
            await SendAsync($$"""{"jsonrpc":"2.0","id":6,"method":"{{method}}","params":{{parameters}}}""");
            (await ErrorAsync("6", -32602)).ShouldStartWith(says);
        }

        foreach (var (method, parameters) in new[]
        {
            ("ping", "[]"), ("ping", "null"), ("tools/list", "[]"), ("tools/call", """{"name":"list_streams","arguments":[]}"""),
            ("prompts/get", """{"name":"narrate","arguments":[]}"""), ("prompts/get", """{"name":"narrate","arguments":{"task":null}}"""),
        })
        {
            await SendAsync($$"""{"jsonrpc":"2.0","id":6,"method":"{{method}}","params":{{parameters}}}""");
            (await Server.LineAsync()).TryGetProperty("result", out _).ShouldBeTrue(method);
        }

        await StillAliveAsync();
    }

    [Fact]
    public async Task Notifications_OfAnyKind_AreNeverAnswered()
    {
        foreach (var line in new[]
        {
            """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":50,"requestId":50}}""",
            """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"\ud800"}}""",
            """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"\ud800":50}}""",
            """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{}}}""",
            """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":true}}""",
            """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":50.5}}""",
            """{"jsonrpc":"2.0","method":"notifications/cancelled","params":[]}""",
            """{"jsonrpc":"2.0","method":"notifications/cancelled","params":5}""",
            """{"jsonrpc":"2.0","method":"notifications/cancelled"}""",
            """{"jsonrpc":"2.0","method":"notifications/initialized","params":[]}""",
            """{"jsonrpc":"2.0","method":"notifications/nothing","params":{"a":1,"A":2}}""",
            """{"method":"notifications/initialized"}""",
            """{"jsonrpc":"2.0","method":"tools/list"}""",
            """{"jsonrpc":"2.0","id":3,"result":{"a":1,"a":2}}""",
            """{"jsonrpc":"2.0","id":3,"error":5}""",
        })
        {
            await SendAsync(line);
            await SentinelAsync();
        }

        await StillAliveAsync();
        Server.CloseInput();
        (await Server.EndAsync()).ShouldBe(0);
        Server.Errors.ShouldContain(line => line.Contains("It has no id, so it is a notification", StringComparison.Ordinal));
        Server.Errors.ShouldAllBe(line => !line.Contains("Exception", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Cancellation_OfARequestWithAnOddNumber_TakesItBack()
    {
        await SendAsync("""{"jsonrpc":"2.0","id":5e1,"method":"tools/call","params":{"name":"read_stream","arguments":{"stream":"quiet","wait_seconds":45}}}""");
        await SentinelAsync();
        await SendAsync("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5e1}}""");
        await SentinelAsync();

        await StillAliveAsync();
    }

    [Fact]
    public async Task Encodings_OtherThanUtf8_AreRefusedByName()
    {
        await Server.WriteAsync([.. """{"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"push_stream","arguments":{"message":"caf"""u8, 0xE9, .. "\"}}}\n"u8]);
        (await ErrorAsync("8", -32700)).ShouldBe("The line is not valid UTF-8. Send it in UTF-8.");
        await Server.WriteAsync([.. Encoding.Unicode.GetBytes("{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"ping\"}\n")]);
        (await ErrorAsync("null", -32700)).ShouldBe("The line is UTF-16. Send it in UTF-8.");
        await SendAsync("\uFEFF{\"jsonrpc\":\"2.0\",\"id\":10,\"method\":\"ping\"}");
        (await Server.LineAsync()).GetProperty("id").GetInt32().ShouldBe(10);
        await SendAsync("{\"jsonrpc\":\"2.0\",\r\"id\":11,\r\"method\":\"ping\"}");
        (await Server.LineAsync()).GetProperty("id").GetInt32().ShouldBe(11);
        await Server.WriteAsync("{\"jsonrpc\":\"2.0\",\"id\":12,\"method\":\"ping\"}\r");
        (await Server.LineAsync()).GetProperty("id").GetInt32().ShouldBe(12);

        await StillAliveAsync();
    }

    [Fact]
    public async Task Line_LongerThanALineMayBe_IsRefusedUnderItsIdAndNotHeld()
    {
        var piece = new byte[1024 * 1024];
        Array.Fill(piece, (byte)'a');
        await Server.WriteAsync("""{"jsonrpc":"2.0","id":13,"method":"tools/call","params":{"name":"push_stream","arguments":{"message":" """);
        for (var i = 0; i < 5; i++)
        {
            await Server.WriteAsync(piece);
        }

        (await ErrorAsync("13", -32600)).ShouldStartWith("The line is longer than 4194304 bytes");
        var before = Server.ResidentBytes;
        for (var i = 0; i < 150; i++)
        {
            await Server.WriteAsync(piece);
        }

        await Server.WriteAsync("\n");
        await SentinelAsync();
        (Server.ResidentBytes - before).ShouldBeLessThan(50L * 1024 * 1024);
        await StillAliveAsync();
    }

    [Fact]
    public async Task Lines_SentAllAtOnce_AreEachAnsweredOnce()
    {
        var lines = new StringBuilder();
        for (var i = 0; i < 500; i++)
        {
            lines.Append(CultureInfo.InvariantCulture, $"{{\"jsonrpc\":\"2.0\",\"id\":{1000 + i},\"method\":\"ping\"}}\n{{broken {i}\n[]\n{{\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\",\"params\":5}}\n");
        }

        await Server.WriteAsync(lines.ToString());
        var answers = new List<JsonElement>();
        for (var i = 0; i < 1500; i++)
        {
            answers.Add(await Server.LineAsync());
        }

        answers.Where(answer => answer.TryGetProperty("result", out _)).Select(answer => answer.GetProperty("id").GetInt32()).Order().ShouldBe(Enumerable.Range(1000, 500));
        // The answers without an id are known by their order.
        answers.Where(answer => answer.TryGetProperty("error", out _)).Select(answer => answer.GetProperty("error").GetProperty("code").GetInt32())
            .ShouldBe(Enumerable.Repeat<int[]>([-32700, -32600], 500).SelectMany(codes => codes));
        await StillAliveAsync();
    }

    private Task SendAsync(string line) => Server.WriteAsync(line + "\n");

    private async Task<string> ErrorAsync(string id, int code)
    {
        var answer = await Server.LineAsync();
        answer.GetProperty("id").GetRawText().ShouldBe(id, answer.GetRawText());
        answer.GetProperty("error").GetProperty("code").GetInt32().ShouldBe(code, answer.GetRawText());
        var text = answer.GetProperty("error").GetProperty("message").GetString()!;
        text.ShouldNotBe("An error occurred.");
        text.ShouldNotContain("ModelContextProtocol");
        return text;
    }

    // Asserts that nothing came before the answer to the ping.
    private async Task SentinelAsync()
    {
        await SendAsync("""{"jsonrpc":"2.0","id":"sentinel","method":"ping"}""");
        (await Server.LineAsync()).GetProperty("id").GetRawText().ShouldBe("\"sentinel\"");
    }

    private async Task StillAliveAsync()
    {
        await SentinelAsync();
        await Server.CallAsync(51, "push_stream", """{"stream":"quiet","message":"wake"}""");
        int[] ids = [(await Server.LineAsync()).GetProperty("id").GetInt32(), (await Server.LineAsync()).GetProperty("id").GetInt32()];
        ids.Order().ShouldBe([50, 51]);
    }
}
