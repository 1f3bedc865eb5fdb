using System.Text;
using System.Text.Json;
using Webstream.Fuzz.Tests.Harness;
using Webstream.Fuzz.Tests.Mutation;

namespace Webstream.Fuzz.Tests.Http;

/// <summary>Sends mutated bodies and heads of requests to a real gateway.</summary>
public sealed class HttpFuzzTests(RunningGateway gateway) : IClassFixture<RunningGateway>, IDisposable
{
    private const string NdJson = "application/x-ndjson";

    private readonly FuzzedHttp http = new(gateway);

    [Fact]
    public Task Push_OfAnyBody_IsTakenOrRefused() => FuzzRun.Async("push.txt", parts => PushAsync(parts[0], parts[1]));

    [Fact]
    public Task Push_OfAnyBatch_IsTakenOrRefused() => FuzzRun.Async("ndjson.txt", parts => PushAsync(Encoding.ASCII.GetBytes(NdJson), parts[0]));

    [Fact]
    public Task Head_OfAnyRequest_IsAnswered() => FuzzRun.Async("heads.txt", async parts =>
    {
        var method = new string([.. Corpora.Text(parts[0]).Where(char.IsAsciiLetterUpper)]);
        var target = new string([.. Corpora.Text(parts[1]).Where(c => c is > ' ' and < '\x7f')]);
        var head = new List<byte>(Encoding.ASCII.GetBytes($"{(method is "" or "HEAD" or "CONNECT" ? "GET" : method)} /{target.TrimStart('/')} HTTP/1.1\r\n"));
        // A line end in a field would begin another field, so it is taken out. Fields that frame a message are left out: the web server itself
        // handles them.
        foreach (var field in parts.Skip(2).Select(OneLine).Where(field => !Frames(field)))
        {
            head.AddRange(field);
            head.AddRange("\r\n"u8);
        }

        await http.AskAsync([.. head], method is "POST" or "PUT" ? "{\"message\":\"x\"}"u8.ToArray() : []);
        gateway.ShouldBeUnhurt();
    });

    [Fact]
    public Task McpRequest_OfAnyBody_IsAnswered() => FuzzRun.Async("mcp.txt", async parts =>
    {
        var answer = await http.AskAsync("POST /mcp HTTP/1.1\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"u8.ToArray(), parts[0]);
        answer.ShouldNotBeNull().Status.ShouldBeOneOf(200, 202, 400, 404, 413);
        if (answer.Status == 202)
        {
            answer.Body.ShouldBeEmpty();
        }
        else if (answer.Status == 400)
        {
            JsonDocument.Parse(answer.Body).RootElement.GetProperty("error").GetProperty("message").GetString().ShouldNotBeNullOrEmpty();
        }

        gateway.ShouldBeUnhurt();
    });

    public void Dispose() => http.Dispose();

    private async Task PushAsync(byte[] contentType, byte[] body)
    {
        byte[] head = [.. "POST /api/push HTTP/1.1\r\n"u8, .. contentType.Length > 0 ? [.. "Content-Type: "u8, .. OneLine(contentType), .. "\r\n"u8] : Array.Empty<byte>()];
        var answer = await http.AskAsync(head, body);
        // The web server itself refuses a head that is no HTTP, with an empty body.
        if (answer is not null and not { Status: 400, Body: "", IsLast: true })
        {
            answer.Status.ShouldBeOneOf(200, 400, 413, 415, 422);
            JsonDocument.Parse(answer.Body).RootElement.TryGetProperty(answer.Status == 200 ? "status" : "title", out _).ShouldBeTrue(answer.Body);
        }

        gateway.ShouldBeUnhurt();
    }

    private static byte[] OneLine(byte[] field) => [.. field.Select(unit => unit is (byte)'\r' or (byte)'\n' ? (byte)' ' : unit)];

    private static bool Frames(byte[] field)
    {
        var name = Corpora.Text(field).Split(':')[0].Trim();
        return name.Length == 0 || new[] { "Host", "Content-Length", "Transfer-Encoding", "Connection", "Expect", "Upgrade", "HTTP2-Settings" }.Contains(name, StringComparer.OrdinalIgnoreCase);
    }
}
