using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Webstream.Gateway.Audit;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Audit;

/// <summary>What the audit says of requests, and what it never says.</summary>
public sealed class AuditTests
{
    private const string SharedKey = "the-shared-key-of-the-tests";

    private static readonly (string, string) Admin = ("X-API-Key", SharedKey);
    private static readonly (string, string) All = ("Logging:LogLevel:Webstream.Audit", "Debug");

    private readonly FakeLogCollector log = new();
    private readonly string stream = TestStream.New();

    [Fact]
    public async Task Changes_AreLinesThatSayWhoFromWhereAndWhat()
    {
        await using var gateway = await StartAsync();
        var made = await gateway.PostAsync("/api/keys", """{"name":"ci","publish":["*"]}""", "application/json", Admin).OkAsync();
        var (id, key) = (made.GetProperty("id").GetString()!, made.GetProperty("key").GetString()!);
        await gateway.SendAsync(HttpMethod.Delete, $"/api/keys/{id}", Admin).OkAsync();
        await gateway.PostAsync($"/api/streams/{stream}/close", "", "application/json", Admin).OkAsync();

        await LinesAsync(3, [
            $"key default from 127.0.0.1: POST /api/keys (key ci {id}): 200",
            $"key default from 127.0.0.1: DELETE /api/keys/{id}: 200",
            $"key default from 127.0.0.1: POST /api/streams/{stream}/close: 200",
        ]);
        AllText().ShouldNotContain(SharedKey);
        AllText().ShouldNotContain(key[(key.LastIndexOf('_') + 1)..]);
    }

    // People have the key at hand, and not its id.
    [Fact]
    public async Task Revocation_ByTheWholeKey_IsCarriedOut_AndNoLineHasTheKey()
    {
        await using var gateway = await StartAsync();
        var made = await gateway.PostAsync("/api/keys", """{"name":"ci","publish":["*"]}""", "application/json", Admin).OkAsync();
        var (key, id) = (made.GetProperty("key").GetString()!, made.GetProperty("id").GetString()!);

        await gateway.SendAsync(HttpMethod.Delete, $"/api/keys/{key}", Admin).OkAsync();

        await LinesAsync(2, [$"key default from 127.0.0.1: POST /api/keys (key ci {id}): 200", $"key default from 127.0.0.1: DELETE /api/keys/wsk_{id}_…: 200"]);
        AllText().ShouldNotContain(key[(key.LastIndexOf('_') + 1)..]);
        await gateway.PostAsync("/api/push", "text", "text/plain", ("X-API-Key", key)).ProblemAsync(401);
    }

    [Fact]
    public async Task Refusal_IsALine_AndItsRepetitionsAreNot()
    {
        await using var gateway = await StartAsync(("Webstream:Write", "key"));
        const string Wrong = "a-key-that-somebody-guessed";
        for (var i = 0; i < 3; i++)
        {
            using var answer = await gateway.PostAsync("/api/push", "{\"message\":\"secret words\"}", "application/json", ("X-API-Key", Wrong));
            answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        }

        using var foreign = await gateway.SendAsync(HttpMethod.Get, "/api/streams", ("Origin", "https://evil.example"));
        await LinesAsync(2, [
            "a program of this machine from 127.0.0.1: Publish refused at /api/push: 401",
            "a program of this machine, a page from elsewhere from 127.0.0.1: List refused at /api/streams: 403",
        ]);
        AllText().ShouldNotContain(Wrong);
        AllText().ShouldNotContain("secret words");
    }

    [Fact]
    public async Task PushesAndReading_AreLinesWhereTheyAreAskedFor()
    {
        await using var gateway = await StartAsync(All);
        await gateway.PushAsync("secret words", stream);
        await gateway.SendAsync(HttpMethod.Get, $"/api/streams/{stream}/messages?limit=1").OkAsync();
        await gateway.SendAsync(HttpMethod.Get, $"/api/streams/{stream}").OkAsync();
        using (await gateway.SendAsync(HttpMethod.Head, $"/stream/{stream}"))
        {
        }

        await LinesAsync(4, [
            $"a program of this machine from 127.0.0.1: POST /api/push (push to {stream}): 200",
            $"a program of this machine from 127.0.0.1: GET /api/streams/{stream}/messages (read {stream}): 200",
            $"a program of this machine from 127.0.0.1: GET /api/streams/{stream} (describe {stream}): 200",
            $"a program of this machine from 127.0.0.1: HEAD /stream/{stream}: 200",
        ]);
        AllText().ShouldNotContain("secret words");
    }

    [Fact]
    public async Task Tool_IsALineThatSaysWhatItDid()
    {
        await using var gateway = await StartAsync(All);
        using var answer = await gateway.PostAsync(
            "/mcp",
            $$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"push_stream","arguments":{"message":"secret words","stream":"{{{stream}}}" } } }""",
            "application/json",
            ("Accept", "application/json, text/event-stream"));
        (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("Active clients: 0");

        await Until.TrueAsync(() => Audit().Any(line => line.StartsWith("a program of this machine from 127.0.0.1: POST /mcp (push to ", StringComparison.Ordinal)));
        AllText().ShouldNotContain("secret words");
    }

    [Fact]
    public async Task PushesAndReading_AreNoLinesByDefault()
    {
        await using var gateway = await StartAsync();
        await gateway.PushAsync("x", stream);
        await gateway.SendAsync(HttpMethod.Get, $"/api/streams/{stream}").OkAsync();
        await gateway.PostAsync($"/api/streams/{stream}/close", "", "application/json", Admin).OkAsync();

        await LinesAsync(1, [$"key default from 127.0.0.1: POST /api/streams/{stream}/close: 200"]);
    }

    private Task<TestGateway> StartAsync(params (string, string)[] settings) => TestGateway.StartAsync(
        "http://127.0.0.1:0",
        builder => builder.Services.AddSingleton<ILoggerProvider>(new FakeLoggerProvider(log)),
        [("Webstream:ApiKey", SharedKey), .. settings]);

    // A line is written after its answer.
    private async Task LinesAsync(int count, string[] expected)
    {
        await Until.TrueAsync(() => Audit().Count >= count);
        // Those of two connections may come in either order.
        Audit().ShouldBe(expected, ignoreOrder: true);
    }

    private IReadOnlyList<string> Audit() => [.. log.GetSnapshot().Where(line => line.Category == AuditTrail.Category).Select(line => line.Message)];

    private string AllText() => string.Join('\n', log.GetSnapshot().Select(line => line.Message));
}
