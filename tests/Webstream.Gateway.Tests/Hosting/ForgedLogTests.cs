using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>Text from callers gets into the log at many places, in our lines and in those of libraries. It never becomes a line of its own.</summary>
public sealed partial class ForgedLogTests
{
    // For use in JSON text: a line that looks like one of the log, and characters that clear a terminal.
    private const string Forgery = @"\r10:00:00 info: FORGED[1] \n10:00:00 info: FORGED[2] \u001b[2J\u009b31m\u2028\u202e";

    private static readonly string[] Bodies =
    [
        """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"push_stream","arguments":{"message":"a","FORGERY":1,"FORGERY":2}}}""",
        """{"jsonrpc":"2.0","id":1,"method":"tools/list","FORGERY":1,"FORGERY":2}""",
        """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"FORGERY","arguments":{}}}""",
        """{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"FORGERY"}}""",
        """{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"FORGERY"}}""",
        """{"jsonrpc":"2.0","id":"FORGERY","method":"FORGERY"}""",
        """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"FORGERY","version":"FORGERY"}}}""",
    ];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lines_WithWhatCallersSend_AreTheLogsOwn()
    {
        await using var run = await StartAsync("text");
        var before = run.Output.Count;

        await SendAllAsync(run);

        var log = run.Output.Skip(before).ToArray();
        log.Where(line => !Entry().IsMatch(line)).ShouldBeEmpty();
        log.Where(line => line.Any(char.IsControl) || line.Contains('\u2028') || line.Contains('\u202e')).ShouldBeEmpty();
        log.ShouldContain(line => line.EndsWith("Active clients: 0", StringComparison.Ordinal));
        // The router logs the path that it looked for, with the characters that were meant.
        log.ShouldContain(line => line.Contains(@"'/stream/\r10:00:00 info: FORGED\u{1b}[2J\u{2028}'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Json_WithWhatCallersSend_IsAnObjectInEachLine_AlsoAtTheStart()
    {
        await using var run = await StartAsync("json");

        await SendAllAsync(run);

        run.Output.ShouldAllBe(line => line.StartsWith('{') && line.EndsWith('}'));
        var messages = run.Output.Select(line =>
        {
            using var entry = JsonDocument.Parse(line);
            return $"{entry.RootElement.GetProperty("Category").GetString()} {entry.RootElement.GetProperty("Message").GetString()}";
        }).ToArray();
        messages.ShouldContain(message => message.StartsWith("Webstream.Start Webstream ", StringComparison.Ordinal));
        messages.ShouldContain(message => message.EndsWith("Active clients: 0", StringComparison.Ordinal));
        messages.ShouldContain(message => message.Contains("'/stream/\r10:00:00 info: FORGED\u001b[2J\u2028'", StringComparison.Ordinal));
    }

    // The libraries log at their most detailed levels. The lines that they would write in trouble are among these.
    private static async Task<GatewayRun> StartAsync(string format) => await GatewayRun.Start(
        "--host 127.0.0.1 --port 0",
        ("Webstream__Console__Format", format),
        ("Webstream__Write", "open"),
        ("Logging__LogLevel__Microsoft.AspNetCore", "Debug"),
        ("Logging__LogLevel__ModelContextProtocol", "Trace")).UpAsync();

    private static async Task SendAllAsync(GatewayRun run)
    {
        var text = run.Output.First(line => line.Contains("  open  ", StringComparison.Ordinal));
        var address = new Uri(Address().Match(text).Value);
        foreach (var body in Bodies)
        {
            (await PostAsync(address, "/mcp", body.Replace("FORGERY", Forgery, StringComparison.Ordinal))).ShouldStartWith("HTTP/1.1 ");
        }

        await PostAsync(address, "/api/push", $$"""{"message":"x","source":"{{Forgery}}","event":"{{Forgery}}"}""");
        await PostAsync(address, "/api/push", $$"""{"message":"x","{{Forgery}}":1,"{{Forgery}}":2}""");
        await PostAsync(address, $"/api/push?stream={Encoded()}", "{}");
        await PostAsync(address, $"/stream/{Encoded()}", "{}");
        await PostAsync(address, "/api/push", "{}", "Origin: http://a\u001b[2J\u009b31m\r\nX-API-Key: \u001b[2J\r\n");
        await PostAsync(address, "/api/push", """{"message":"the last one","stream":"forged"}""");
        await run.LineAsync("Pushed forged ");
    }

    private static string Encoded() => Uri.EscapeDataString("\r10:00:00 info: FORGED\u001b[2J\u2028");

    private static async Task<string> PostAsync(Uri address, string path, string body, string headers = "")
    {
        using var connection = await RawConnection.ConnectAsync(address);
        await connection.SendAsync(
            $"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAccept: application/json, text/event-stream\r\n"
            + $"Content-Type: application/json\r\n{headers}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");
        return await connection.RestAsync().WaitAsync(Stop);
    }

    [GeneratedRegex(@"^\d\d:\d\d:\d\d (trce|dbug|info|warn|fail|crit): \S+\[\d+\] ")]
    private static partial Regex Entry();

    [GeneratedRegex(@"http://[a-z0-9.:]+")]
    private static partial Regex Address();
}
