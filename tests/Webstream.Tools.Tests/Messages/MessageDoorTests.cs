using System.Text;
using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace Webstream.Tools.Tests.Messages;

public sealed class MessageDoorTests
{
    private const string Half = "is not well-formed Unicode: it holds half of a character (a lone surrogate). Send the whole character.";

    /// <summary>A message, the code of its error, the id that the answer has, and how the error's text begins.</summary>
    public static TheoryData<string, int, string, string> Refused => new()
    {
        // The text is no JSON, or no message.
        { "", -32700, "null", "The line is not JSON" },
        { "ping", -32700, "null", "The line is not JSON" },
        { "{broken", -32700, "null", "The line is not JSON" },
        { """{"jsonrpc":"2.0","id":1,"method":"ping"}{}""", -32700, "null", "The line is not JSON, or more than one value." },
        { """{"jsonrpc":"2.0","id":1,"method":"ping"},""", -32700, "null", "The line is not JSON" },
        { """{"jsonrpc":"2.0","id":1,"method":"ping",}""", -32700, "null", "The line is not JSON" },
        { "\"x\"", -32600, "null", "The line has to be one JSON-RPC 2.0 message" },
        { "5", -32600, "null", "The line has to be one JSON-RPC 2.0 message" },
        { "null", -32600, "null", "The line has to be one JSON-RPC 2.0 message" },
        { "[]", -32600, "null", "The line has to be one JSON-RPC 2.0 message, a JSON object: lists of messages are not taken." },
        { """[{"jsonrpc":"2.0","id":1,"method":"ping"}]""", -32600, "null", "The line has to be one JSON-RPC 2.0 message" },
        { "{}", -32600, "null", "method has to be a string" },
        // Wrong members of the message itself.
        { """{"jsonrpc":"2.0","id":1}""", -32600, "1", "method has to be a string" },
        { """{"jsonrpc":"2.0","id":"a","method":5}""", -32600, "\"a\"", "method has to be a string" },
        { """{"jsonrpc":"2.0","id":1.50,"method":"\ud800"}""", -32600, "1.50", "method has to be a string" },
        { """{"id":1,"method":"ping"}""", -32600, "1", "jsonrpc has to be \"2.0\"." },
        { """{"jsonrpc":2.0,"id":1,"method":"ping"}""", -32600, "1", "jsonrpc has to be" },
        { """{"jsonrpc":"\ud800","id":1,"method":"ping"}""", -32600, "1", "jsonrpc has to be" },
        { """{"method":"tools/list"}""", -32600, "null", "jsonrpc has to be" },
        { """{"jsonrpc":"2.0","id":null,"method":"ping"}""", -32600, "null", "id has to be a string or a number." },
        { """{"jsonrpc":"2.0","id":true,"method":"ping"}""", -32600, "null", "id has to be a string or a number." },
        { """{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}""", -32600, "null", "id has to be a string or a number." },
        { """{"jsonrpc":"2.0","id":[1],"method":"ping"}""", -32600, "null", "id has to be a string or a number." },
        { """{"jsonrpc":"2.0","id":"\ud800","method":"ping"}""", -32600, "null", "id " + Half },
        { """{"method":"x","id":"\ud800"}""", -32600, "null", "id " + Half },
        { """{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}""", -32600, "null", "id stands twice" },
        { """{"jsonrpc":"2.0","id":1,"method":"ping","method":"ping"}""", -32600, "1", "method stands twice" },
        { """{"jsonrpc":"2.0","id":1,"method":"ping","\ud800":1}""", -32600, "1", "The name of a member " + Half },
        { """{"jsonrpc":"2.0","id":1,"method":"ping","more":{"a":1,"a":1}}""", -32600, "1", "more.a stands twice" },
        // Wrong parameters.
        { Call("5"), -32602, "1", "params has to be a JSON object." },
        { Call("\"{}\""), -32602, "1", "params has to be a JSON object." },
        { Call("[1]"), -32602, "1", "params has to be a JSON object." },
        { Call("""{"name":"push_stream","arguments":"{}"}"""), -32602, "1", "arguments has to be a JSON object, not a string or a list. Send {\"message\": \"…\"} as it is, without quotes around it." },
        { Call("""{"name":"push_stream","arguments":["x"]}"""), -32602, "1", "arguments has to be a JSON object" },
        { Call("""{"name":"push_stream","arguments":{"message":"a","message":"b"}}"""), -32602, "1", "message stands twice" },
        { Call("""{"name":"push_stream","arguments":{"message":"a","MESSAGE":"b"}}"""), -32602, "1", "MESSAGE stands twice" },
        { Call("""{"name":"push_stream","arguments":{"x":{"b":1,"b":2}}}"""), -32602, "1", "x.b stands twice" },
        { Call("""{"name":"a","Name":"b"}"""), -32602, "1", "Name stands twice" },
        { Call("""{"name":"push_stream","arguments":{},"Arguments":{}}"""), -32602, "1", "Arguments stands twice" },
        { Call("""{"name":"push_stream","arguments":{"message":"\ud800"}}"""), -32602, "1", "message " + Half },
        { Call("""{"name":"ask_stream","arguments":{"options":["a","\udfff"]}}"""), -32602, "1", "options[1] " + Half },
        { Call("""{"name":"push_stream","arguments":{"\ud800abc":"b"}}"""), -32602, "1", "The name of a member of arguments " + Half },
        { Call("""{"name":"push_stream","\ud800":"b"}"""), -32602, "1", "The name of a member of params " + Half },
        { Call("""{"name":"push_stream","_meta":{"\ud800":"b"}}"""), -32602, "1", "The name of a member of _meta " + Half },
        { Call("""{"name":"push_stream","_meta":{"a":"\ud800"}}"""), -32602, "1", "_meta.a " + Half },
        { Call("""{"name":"push_stream","_meta":{"a":1,"a":2}}"""), -32602, "1", "_meta.a stands twice" },
        { Call("""{"name":"x\ud800"}"""), -32602, "1", "name " + Half },
        { Call("""{"name":"a\u0000\u001b\r\n","x\u001b\n":1,"x\u001b\n":2}"""), -32602, "1", "x\\u{1b}\\n stands twice" },
        { Call(null), -32602, "1", "name is missing. Send the name of a tool, as \"push_stream\"." },
        { Call("{}"), -32602, "1", "name is missing." },
        { Call("[]"), -32602, "1", "name is missing." },
        { Call("""{"name":5}"""), -32602, "1", "name has to be a string. Send the name of a tool" },
        { Call("""{"name":null}"""), -32602, "1", "name is missing." },
        { Call("""{"name":"x","_meta":[]}"""), -32602, "1", "_meta has to be a JSON object." },
        { Call("""{"name":"x","_meta":"x"}"""), -32602, "1", "_meta has to be a JSON object." },
        { Call("""{"name":"x","_meta":{"progressToken":{}}}"""), -32602, "1", "_meta.progressToken has to be a string or a number." },
        { Call("""{"name":"x","requestState":5}"""), -32602, "1", "requestState has to be a string." },
        { Call("""{"name":"x","inputResponses":5}"""), -32602, "1", "inputResponses has to be a JSON object." },
        { Call("""{"name":"x","_meta":{"io.modelcontextprotocol/protocolVersion":5}}"""), -32602, "1", "_meta.io.modelcontextprotocol/protocolVersion has to be a string." },
        { Call("""{"name":"x","_meta":{"io.modelcontextprotocol/clientInfo":{"name":"a"}}}"""), -32602, "1", "_meta.io.modelcontextprotocol/clientInfo.version is missing." },
        { Call("""{"name":"x","_meta":{"io.modelcontextprotocol/clientCapabilities":[]}}"""), -32602, "1", "_meta.io.modelcontextprotocol/clientCapabilities has to be a JSON object." },
        { Call("""{"name":"x","_meta":{"io.modelcontextprotocol/clientCapabilities":{"elicitation":5}}}"""), -32602, "1", "_meta.io.modelcontextprotocol/clientCapabilities.elicitation is not what" },
        { Call("""{"name":"x","_meta":{"io.modelcontextprotocol/logLevel":"loud"}}"""), -32602, "1", "_meta.io.modelcontextprotocol/logLevel has to be one of debug, info," },
        { Request("resources/read", null), -32602, "1", "uri is missing. Send the address of a resource, as \"webstream://status\"." },
        { Request("resources/read", """{"uri":["a"]}"""), -32602, "1", "uri has to be a string." },
        { Request("resources/subscribe", "{}"), -32602, "1", "uri is missing." },
        { Request("resources/unsubscribe", "{}"), -32602, "1", "uri is missing." },
        { Request("prompts/get", "{}"), -32602, "1", "name is missing. Send the name of a prompt, as \"narrate\"." },
        { Request("prompts/get", """{"name":"narrate","arguments":"x"}"""), -32602, "1", "arguments has to be a JSON object" },
        { Request("logging/setLevel", null), -32602, "1", "level is missing." },
        { Request("logging/setLevel", """{"level":"loud"}"""), -32602, "1", "level has to be one of debug, info," },
        { Request("logging/setLevel", """{"level":"INFO"}"""), -32602, "1", "level has to be one of" },
        { Request("logging/setLevel", """{"level":1}"""), -32602, "1", "level has to be one of" },
        { Request("tools/list", """{"cursor":5}"""), -32602, "1", "cursor has to be the cursor of an answer, and this server gives none." },
        { Request("tools/list", """{"cursor":"2"}"""), -32602, "1", "cursor has to be the cursor of an answer" },
        { Request("prompts/list", """{"cursor":{}}"""), -32602, "1", "cursor has to be" },
        { Request("resources/list", """{"cursor":true}"""), -32602, "1", "cursor has to be" },
        { Request("resources/templates/list", """{"cursor":1}"""), -32602, "1", "cursor has to be" },
        { Request("subscriptions/listen", "{}"), -32602, "1", "notifications is missing." },
        { Request("subscriptions/listen", """{"notifications":{"toolsListChanged":"yes"}}"""), -32602, "1", "notifications.toolsListChanged is not what the protocol has there." },
        { Request("initialize", null), -32602, "1", "protocolVersion is missing. Send a revision of the protocol, as \"2025-11-25\"." },
        { Request("initialize", "[]"), -32602, "1", "protocolVersion is missing." },
        { Request("initialize", """{"protocolVersion":5}"""), -32602, "1", "protocolVersion has to be a string." },
        { Request("initialize", """{"protocolVersion":"2025-06-18"}"""), -32602, "1", "capabilities is missing." },
        { Request("initialize", """{"protocolVersion":"2025-06-18","capabilities":[]}"""), -32602, "1", "capabilities has to be a JSON object." },
        { Request("initialize", """{"protocolVersion":"2025-06-18","capabilities":{"roots":5},"clientInfo":{"name":"a","version":"1"}}"""), -32602, "1", "capabilities.roots is not what" },
        { Request("initialize", """{"protocolVersion":"2025-06-18","capabilities":{}}"""), -32602, "1", "clientInfo is missing." },
        { Request("initialize", """{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"a"}}"""), -32602, "1", "clientInfo.version is missing." },
        { Request("initialize", """{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"a","version":1}}"""), -32602, "1", "clientInfo.version has to be a string." },
        { Request("initialize", """{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"a","version":"1","icons":5}}"""), -32602, "1", "clientInfo.icons is not what" },
    };

    /// <summary>A message, and the message that the library gets from it.</summary>
    public static TheoryData<string, string> Taken => new()
    {
        { """{"jsonrpc":"2.0","id":1,"method":"ping"}""", """{"jsonrpc":"2.0","id":1,"method":"ping"}""" },
        { " { \"method\" : \"ping\" ,\r \"id\":\t\"a\\u0062\" , \"jsonrpc\":\"2\\u002e0\" } ", """{"jsonrpc":"2.0","id":"a\u0062","method":"ping"}""" },
        { "\uFEFF{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}", """{"jsonrpc":"2.0","id":1,"method":"ping"}""" },
        { """{"jsonrpc":"2.0","id":1,"method":"ping","more":{"a":[1]}}""", """{"jsonrpc":"2.0","id":1,"method":"ping"}""" },
        { Request("ping", "[]"), Request("ping", null) },
        { Request("ping", "null"), Request("ping", null) },
        { Call("""{"name":"list_streams","arguments":[]}"""), Call("""{"name":"list_streams"}""") },
        { Call("""{"Name":"list_streams","ARGUMENTS":[]}"""), Call("""{"Name":"list_streams"}""") },
        { Call("""{"name":"x","arguments":null}"""), Call("""{"name":"x","arguments":null}""") },
        { Call("""{"name":"x","arguments":{"limit":10.0,"m":"\ud83d\ude00"}}"""), Call("""{"name":"x","arguments":{"limit":10.0,"m":"\ud83d\ude00"}}""") },
        { Call("""{"name":"x","_meta":{"progressToken":1.0}}"""), Call("""{"name":"x","_meta":{"progressToken":1.0}}""") },
        { Call("""{"name":"x","_meta":null}"""), Call("""{"name":"x","_meta":null}""") },
        { Request("tools/list", """{"cursor":""}"""), Request("tools/list", "{}") },
        { Request("tools/list", """{"cursor":null}"""), Request("tools/list", """{"cursor":null}""") },
        { Request("no/such/method", """{"name":5}"""), Request("no/such/method", """{"name":5}""") },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Open_OfWhatCannotBeCarriedOut_AnswersWithWhatToSend(string message, int code, string id, string says)
    {
        var opened = MessageDoor.Open(Encoding.UTF8.GetBytes(message), "line");

        opened.Kind.ShouldBe(IncomingKind.Refused);
        var answer = JsonDocument.Parse(opened.Json).RootElement;
        answer.GetProperty("jsonrpc").GetString().ShouldBe("2.0");
        answer.GetProperty("id").GetRawText().ShouldBe(id);
        answer.GetProperty("error").GetProperty("code").GetInt32().ShouldBe(code);
        answer.GetProperty("error").GetProperty("message").GetString()!.ShouldStartWith(says);
        answer.GetProperty("error").GetProperty("message").GetString().ShouldBe(opened.Reason);
        opened.Reason.ShouldNotContain("ModelContextProtocol.");
        opened.Reason.ShouldAllBe(c => !char.IsControl(c));
        opened.Json.Span.Contains((byte)'\n').ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(Taken))]
    public void Open_OfARequest_LetsInWhatTheLibraryKnows(string message, string expected)
    {
        var opened = MessageDoor.Open(Encoding.UTF8.GetBytes(message), "line");

        opened.Kind.ShouldBe(IncomingKind.Request, opened.Reason);
        Encoding.UTF8.GetString(opened.Json.Span).ShouldBe(expected);
        opened.Reason.ShouldBeEmpty();
        JsonSerializer.Deserialize<JsonRpcMessage>(opened.Json.Span, McpJsonUtilities.DefaultOptions).ShouldBeOfType<JsonRpcRequest>();
    }

    [Theory]
    [InlineData("1.0")]
    [InlineData("1e3")]
    [InlineData("1E+3")]
    [InlineData("-0")]
    [InlineData("-1.5e-7")]
    [InlineData("9223372036854775808")]
    [InlineData("-9223372036854775809")]
    [InlineData("18446744073709551615")]
    [InlineData("12345678901234567890123")]
    [InlineData("1e99999")]
    public void Open_OfARequestWithANumberThatTheLibraryCannotKeep_HasItInTheAnswerAsItCame(string id)
    {
        var opened = MessageDoor.Open(Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","id":{{id}},"method":"ping"}"""), "line");

        opened.HasForeignId.ShouldBeTrue();
        var request = JsonSerializer.Deserialize<JsonRpcMessage>(opened.Json.Span, McpJsonUtilities.DefaultOptions).ShouldBeOfType<JsonRpcRequest>();
        var answer = JsonSerializer.SerializeToUtf8Bytes<JsonRpcMessage>(new JsonRpcResponse { Id = request.Id, Result = "is it \"1\"?" }, McpJsonUtilities.DefaultOptions);
        JsonDocument.Parse(ForeignIds.Restored(answer)).RootElement.GetProperty("id").GetRawText().ShouldBe(id);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("9007199254740993")]
    [InlineData("9223372036854775807")]
    [InlineData("-9223372036854775808")]
    [InlineData("\"1.0\"")]
    [InlineData("\"\"")]
    public void Open_OfARequestWithAnyOtherId_LeavesItAsItIs(string id)
    {
        var message = $$"""{"jsonrpc":"2.0","id":{{id}},"method":"ping"}""";

        var opened = MessageDoor.Open(Encoding.UTF8.GetBytes(message), "line");

        opened.HasForeignId.ShouldBeFalse();
        Encoding.UTF8.GetString(opened.Json.Span).ShouldBe(message);
    }

    [Fact]
    public void Open_OfACancellation_NamesTheRequestAsTheLibraryKnowsIt()
    {
        var request = MessageDoor.Open("""{"jsonrpc":"2.0","id":1e3,"method":"ping"}"""u8.ToArray(), "line");
        var cancellation = MessageDoor.Open("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1e3}}"""u8.ToArray(), "line");

        cancellation.Kind.ShouldBe(IncomingKind.Notification);
        JsonDocument.Parse(cancellation.Json).RootElement.GetProperty("params").GetProperty("requestId").GetString()
            .ShouldBe(JsonDocument.Parse(request.Json).RootElement.GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/initialized"}""", IncomingKind.Notification)]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/initialized","params":[]}""", IncomingKind.Notification)]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":true}}""", IncomingKind.Notification)]
    [InlineData("""{"jsonrpc":"2.0","method":"tools/list"}""", IncomingKind.Notification)]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/initialized","params":[1]}""", IncomingKind.Ignored)]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/initialized","params":{"_meta":[]}}""", IncomingKind.Ignored)]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"requestId":1}}""", IncomingKind.Ignored)]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"\ud800"}}""", IncomingKind.Ignored)]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"\ud800":1}}""", IncomingKind.Ignored)]
    [InlineData("""{"method":"notifications/initialized"}""", IncomingKind.Ignored)]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/x","method":"notifications/y"}""", IncomingKind.Ignored)]
    [InlineData("""{"jsonrpc":"2.0","method":"tools/call","params":5}""", IncomingKind.Ignored)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"a":1}}""", IncomingKind.Response)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"a"}}""", IncomingKind.Response)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"a":1,"A":1}}""", IncomingKind.Ignored)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":"\ud800"}""", IncomingKind.Ignored)]
    [InlineData("""{"jsonrpc":"2.0","id":1.5,"result":{}}""", IncomingKind.Ignored)]
    [InlineData("""{"jsonrpc":"2.0","id":null,"error":5}""", IncomingKind.Ignored)]
    [InlineData("""{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"a"}}""", IncomingKind.Ignored)]
    [InlineData("""{"jsonrpc":"2.0","error":{"code":1,"message":"a"}}""", IncomingKind.Ignored)]
    [InlineData("""{"jsonrpc":"2.0","id]":1,"error":{"code":1,"message":"a"}}""", IncomingKind.Ignored)]
    [InlineData("""{"jsonrpc":"2.0","result":{}}""", IncomingKind.Ignored)]
    [InlineData("""{"jsonrpc":"2.0","id":[1],"result":{}}""", IncomingKind.Ignored)]
    [InlineData("""{"jsonrpc":"2.0","id":{},"error":{"code":1,"message":"a"}}""", IncomingKind.Ignored)]
    public void Open_OfWhatNobodyWaitsFor_AnswersNothing(string message, IncomingKind kind)
    {
        var opened = MessageDoor.Open(Encoding.UTF8.GetBytes(message), "line");

        opened.Kind.ShouldBe(kind);
        if (kind == IncomingKind.Ignored)
        {
            opened.Json.IsEmpty.ShouldBeTrue();
            opened.Reason.ShouldNotBeEmpty();
        }
        else
        {
            _ = JsonSerializer.Deserialize<JsonRpcMessage>(opened.Json.Span, McpJsonUtilities.DefaultOptions);
        }
    }

    [Fact]
    public void Open_OfARequestWithoutAnId_TellsTheLogWhyNothingIsAnswered() =>
        MessageDoor.Open("""{"jsonrpc":"2.0","method":"tools/list"}"""u8.ToArray(), "line").Reason.ShouldStartWith("It has no id, so it is a notification");

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"ping","params":{"a":"caf""", 7)]
    [InlineData("""{"jsonrpc":"2.0","method":"ping","params":{"id":1,"a":"caf""", null)]
    public void Open_OfWhatIsNotUtf8_SaysSoUnderItsIdWhereThereIsOne(string message, int? id)
    {
        byte[] latin = [.. Encoding.UTF8.GetBytes(message), 0xE9, .. "\"}}"u8];

        var opened = MessageDoor.Open(latin, "body");

        opened.Reason.ShouldBe("The body is not valid UTF-8. Send it in UTF-8.");
        opened.Kind.ShouldBe(id is null ? IncomingKind.Ignored : IncomingKind.Refused);
        if (id is not null)
        {
            JsonDocument.Parse(opened.Json).RootElement.GetProperty("id").GetInt32().ShouldBe(id.Value);
        }
    }

    [Fact]
    public void Open_OfAnIdThatIsNotUtf8_EchoesNoOther()
    {
        byte[] latin = [.. """{"jsonrpc":"2.0","id":"caf"""u8, 0xE9, .. "\",\"method\":\"ping\"}"u8];

        JsonDocument.Parse(MessageDoor.Open(latin, "body").Json).RootElement.GetProperty("id").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public void Open_OfUtf16_SaysSo() =>
        MessageDoor.Open(Encoding.Unicode.GetBytes("""{"jsonrpc":"2.0","id":7,"method":"ping"}"""), "body").Reason.ShouldBe("The body is UTF-16. Send it in UTF-8.");

    [Fact]
    public void Open_OfWhatIsNestedTooDeeply_AnswersUnderItsId()
    {
        var message = $$"""{"jsonrpc":"2.0","params":{{new string('[', 100_000)}}{{new string(']', 100_000)}},"id":7,"method":"tools/call"}""";

        var opened = MessageDoor.Open(Encoding.UTF8.GetBytes(message), "line");

        var answer = JsonDocument.Parse(opened.Json).RootElement;
        answer.GetProperty("id").GetInt32().ShouldBe(7);
        answer.GetProperty("error").GetProperty("message").GetString().ShouldBe("The line is nested more than 64 levels deep. Send it flatter.");
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"a":"aaaa""", IncomingKind.Refused, "7")]
    [InlineData("""{"jsonrpc":"2.0","id":1e3,"method":"tools/call","params":{"a":"aaaa""", IncomingKind.Refused, "1e3")]
    [InlineData("""{"jsonrpc":"2.0","method":"tools/call","params":{"id":1,"a":"aaaa""", IncomingKind.Refused, "null")]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/x","params":{"a":"aaaa""", IncomingKind.Ignored, "")]
    [InlineData("aaaaaaaaaaaaaa", IncomingKind.Refused, "null")]
    [InlineData("{\"id\":7,\"a\":\"\0", IncomingKind.Refused, "null")]
    public void TooLong_OfABeginning_AnswersUnderTheIdThatStandsInIt(string beginning, IncomingKind kind, string id)
    {
        var opened = MessageDoor.TooLong(Encoding.UTF8.GetBytes(beginning), 100, "line");

        opened.Kind.ShouldBe(kind);
        opened.Reason.ShouldBe("The line is longer than 100 bytes, and was not read. Shorten the message, or send it in parts.");
        if (kind == IncomingKind.Refused)
        {
            JsonDocument.Parse(opened.Json).RootElement.GetProperty("id").GetRawText().ShouldBe(id);
            JsonDocument.Parse(opened.Json).RootElement.GetProperty("error").GetProperty("code").GetInt32().ShouldBe(-32600);
        }
    }

    private static string Call(string? parameters) => Request("tools/call", parameters);

    private static string Request(string method, string? parameters) =>
        $$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}"{{(parameters is null ? "" : $",\"params\":{parameters}")}}}""";
}
