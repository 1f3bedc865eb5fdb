using System.Diagnostics;
using System.Text.Json;
using Webstream.Mcp.Tests.Harness;

namespace Webstream.Mcp.Tests.Stdio;

/// <summary>Behaviour that a client library would hide.</summary>
public sealed class RawLinesTests
{
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task OneShot_OfToolsList_PrintsItsAnswer()
    {
        await using var machine = new Machine();
        await using var server = ServerRun.Start(machine);

        await server.SendAsync("""{"jsonrpc":"2.0","method":"tools/list","id":1}""");
        server.CloseInput();

        (await server.EndAsync()).ShouldBe(0);
        var answer = JsonDocument.Parse((await server.RestAsync()).ShouldHaveSingleItem()).RootElement;
        answer.GetProperty("result").GetProperty("tools").EnumerateArray().Select(tool => tool.GetProperty("name").GetString()).ShouldContain("push_stream");
    }

    [Fact]
    public async Task OneShot_OfAPush_StartsAGatewayAndPrintsItsAnswer()
    {
        await using var machine = new Machine();
        await using var server = ServerRun.Start(machine);

        await server.CallAsync(1, "push_stream", """{"message":"piped"}""");
        server.CloseInput();

        (await server.EndAsync()).ShouldBe(0);
        var answer = JsonDocument.Parse((await server.RestAsync()).ShouldHaveSingleItem()).RootElement;
        answer.GetProperty("result").GetProperty("structuredContent").GetProperty("status").GetString().ShouldBe("success");
        (await Machine.Http.GetStringAsync(new Uri(machine.Gateway, "api/streams/main/messages"), TestContext.Current.CancellationToken)).ShouldContain("piped");
    }

    [Fact]
    public async Task LastLine_WithoutItsEnd_IsAnswered()
    {
        await using var machine = new Machine();
        await using var server = ServerRun.Start(machine);

        await server.WriteAsync("""{"jsonrpc":"2.0","method":"tools/list","id":"no newline"}""");
        server.CloseInput();

        (await server.LineAsync()).GetProperty("id").GetString().ShouldBe("no newline");
        (await server.EndAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task EndOfInput_WithALongCallRunning_AnswersItAndExitsSoon()
    {
        await using var machine = new Machine();
        await using var server = await ServerRun.Start(machine).HandshakeAsync();
        await machine.InfoAsync();
        await server.CallAsync(1, "push_stream", """{"message":"first"}""");
        var cursor = (await server.LineAsync()).GetProperty("result").GetProperty("structuredContent").GetProperty("id").GetString();
        await server.CallAsync(2, "read_stream", $$"""{"after":"{{cursor}}","wait_seconds":30}""");
        // The answer to this request shows that the other call has begun.
        await server.SendAsync("""{"jsonrpc":"2.0","id":3,"method":"ping"}""");
        (await server.LineAsync()).GetProperty("id").GetInt32().ShouldBe(3);

        var started = Stopwatch.GetTimestamp();
        server.CloseInput();
        (await server.EndAsync()).ShouldBe(0);

        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(LongestEnd);
        var answer = JsonDocument.Parse((await server.RestAsync()).ShouldHaveSingleItem()).RootElement;
        answer.GetProperty("id").GetInt32().ShouldBe(2);
        answer.GetProperty("result").GetProperty("structuredContent").GetProperty("next").GetString().ShouldBe(cursor);
    }

    [Fact]
    public async Task Cancellation_EndsACallWithoutAnAnswer()
    {
        await using var machine = new Machine();
        await using var server = await ServerRun.Start(machine).HandshakeAsync();
        await machine.InfoAsync();
        await server.CallAsync(5, "read_stream", """{"wait_seconds":45}""");

        await server.SendAsync("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5,"reason":"enough"}}""");
        await server.SendAsync("""{"jsonrpc":"2.0","id":6,"method":"ping"}""");
        server.CloseInput();

        (await server.EndAsync()).ShouldBe(0);
        JsonDocument.Parse((await server.RestAsync()).ShouldHaveSingleItem()).RootElement.GetProperty("id").GetInt32().ShouldBe(6);
    }

    [Theory]
    [InlineData(ProcessSignal.Terminate)]
    [InlineData(ProcessSignal.Interrupt)]
    public async Task Signal_EndsTheServer(ProcessSignal signal)
    {
        Assert.SkipWhen(signal == ProcessSignal.Interrupt && InterruptIsIgnored(), "These tests run in a shell's background, where programs are started with SIGINT ignored.");
        await using var machine = new Machine();
        await using var server = await ServerRun.Start(machine).HandshakeAsync();

        server.Signal(signal);

        (await server.EndAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Folder_OfAStranger_ChangesNothing()
    {
        await using var machine = new Machine();
        var folder = Directory.CreateTempSubdirectory("webstream-hostile-");
        try
        {
            const string Settings = """{"Logging":{"LogLevel":{"Default":"Trace"},"Console":{"LogToStandardErrorThreshold":"None"}},"Webstream":{"Write":"nonsense"},"Urls":"http://0.0.0.0:1"}""";
            foreach (var name in new[] { "appsettings.json", "appsettings.Production.json", "webstream-mcp.runtimeconfig.json", "webstream-gateway.runtimeconfig.json" })
            {
                await File.WriteAllTextAsync(Path.Combine(folder.FullName, name), Settings, TestContext.Current.CancellationToken);
            }

            await using var server = ServerRun.Start(machine, folder: folder.FullName);
            await server.CallAsync(1, "push_stream", """{"message":"from there"}""");
            server.CloseInput();

            (await server.EndAsync()).ShouldBe(0);
            var answer = JsonDocument.Parse((await server.RestAsync()).ShouldHaveSingleItem()).RootElement;
            answer.GetProperty("result").GetProperty("structuredContent").GetProperty("status").GetString().ShouldBe("success");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Output_IsNothingButTheProtocol()
    {
        await using var machine = new Machine();
        await using var server = await ServerRun.Start(machine, environment: ("Logging__LogLevel__Default", "Trace")).HandshakeAsync();

        await server.CallAsync(1, "push_stream", """{"message":""}""");
        await server.CallAsync(2, "push_stream", """{"message":"one\r\ntwo"}""");
        await server.CallAsync(3, "no_such_tool", "{}");
        await server.SendAsync("garbage");
        await server.SendAsync("""{"jsonrpc":"2.0","id":4,"method":"no/such/method"}""");
        var lines = new List<JsonElement>();
        for (var i = 0; i < 5; i++)
        {
            lines.Add(await server.LineAsync());
        }

        server.CloseInput();
        (await server.EndAsync()).ShouldBe(0);
        (await server.RestAsync()).ShouldBeEmpty();
        lines.ShouldAllBe(line => line.GetProperty("jsonrpc").GetString() == "2.0");
        lines.Select(line => line.GetProperty("id").GetRawText()).Order(StringComparer.Ordinal).ShouldBe(["1", "2", "3", "4", "null"]);
    }

    // A program that is started with the signal ignored leaves it so, as it should.
    private static bool InterruptIsIgnored() =>
        OperatingSystem.IsLinux()
        && File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal)) is var line
        && (Convert.ToUInt64(line["SigIgn:".Length..].Trim(), 16) & 0b10) != 0;
}
