using System.Net;
using System.Text;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Server;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Access;

/// <summary>
/// Who may call what: each endpoint and each tool of the gateway, for each kind of caller. The endpoints and the tools are taken from the gateway,
/// so one without a row fails. An answer counts as let in when it is none of 401, 403 and 503, whatever else the endpoint says of the request.
/// </summary>
public sealed class AccessMatrixTests(AccessMatrixTests.OpenGateway open, AccessMatrixTests.ClosedGateway closed)
    : IClassFixture<AccessMatrixTests.OpenGateway>, IClassFixture<AccessMatrixTests.ClosedGateway>
{
    // The columns: without a key from this machine, and through a proxy; with the shared key, and a wrong one, through a proxy; a page from
    // elsewhere, and one that calls the gateway by another name; named keys through a proxy: with one right each for a.* (publish, subscribe, history,
    // approve, admin), with all rights for b.*, an expired one, and a revoked one.
    private static readonly Dictionary<string, (string Open, string Closed)> ByAction = new()
    {
        ["open"] = ("ok ok ok ok ok ok  ok ok ok ok ok ok ok ok", "ok ok ok ok ok ok  ok ok ok ok ok ok ok ok"),
        ["identify"] = ("ok ok ok ok 403 403  ok ok ok ok ok ok ok ok", "ok ok ok ok 403 403  ok ok ok ok ok ok ok ok"),
        ["publish"] = ("ok 401 ok 401 403 403  ok 403 403 403 403 403 401 401", "401 401 ok 401 401 401  ok 403 403 403 403 403 401 401"),
        ["subscribe"] = ("ok ok ok ok ok ok  ok ok ok ok ok ok ok ok", "401 401 ok 401 401 401  403 ok 403 403 403 403 401 401"),
        ["history"] = ("ok ok ok ok 403 403  ok ok ok ok ok ok ok ok", "401 401 ok 401 401 401  403 403 ok 403 403 403 401 401"),
        ["describe"] = ("ok ok ok ok 403 403  ok ok ok ok ok ok ok ok", "401 401 ok 401 401 401  ok ok ok 403 403 403 401 401"),
        ["list"] = ("ok ok ok ok 403 403  ok ok ok ok ok ok ok ok", "401 401 ok 401 401 401  ok ok ok ok ok ok 401 401"),
        ["metrics"] = ("ok ok ok ok 403 403  ok ok ok ok ok ok ok ok", "401 401 ok 401 401 401  403 403 403 403 ok 403 401 401"),
        ["admin"] = ("401 401 ok 401 401 401  403 403 403 403 ok 403 401 401", "401 401 ok 401 401 401  403 403 403 403 ok 403 401 401"),
        ["begin session"] = ("401 401 ok 401 403 403  ok ok ok ok ok ok 401 401", "401 401 ok 401 403 403  ok ok ok ok ok ok 401 401"),
        ["own session"] = ("ok ok ok ok ok ok  ok ok ok ok ok ok ok ok", "ok ok ok ok ok ok  ok ok ok ok ok ok ok ok"),
        ["ticket"] = ("401 401 ok 401 401 401  ok ok ok ok ok ok 401 401", "401 401 ok 401 401 401  403 ok 403 403 403 403 401 401"),
        ["tools"] = ("ok 403 ok 403 403 403  ok ok ok ok ok ok 403 403", "403 403 ok 403 403 403  ok ok ok ok ok ok 403 403"),
    };

    // For each endpoint what it asks of its callers, and for POST and PUT a body. Streams are a.x.
    private static readonly Dictionary<string, (string Action, string? Body)> Endpoints = new()
    {
        ["GET /stream"] = ("subscribe", null),
        ["GET /stream/{name}"] = ("subscribe", null),
        ["POST /api/push"] = ("publish", """{"message":"m","stream":"a.x"}"""),
        ["GET /api/streams"] = ("list", null),
        ["GET /api/streams/{name}"] = ("describe", null),
        ["GET /api/streams/{name}/messages"] = ("history", null),
        ["GET /api/streams/{name}/settings"] = ("describe", null),
        ["PUT /api/streams/{name}/settings"] = ("admin", """{"description":"d"}"""),
        ["POST /api/streams/{name}/close"] = ("admin", null),
        ["DELETE /api/streams/{name}"] = ("admin", null),
        ["GET /api/info"] = ("identify", null),
        ["GET /api/assistant"] = ("identify", null),
        ["POST /api/history/export"] = ("admin", null),
        ["POST /api/history/import"] = ("admin", ""),
        ["POST /api/history/renew"] = ("admin", null),
        ["GET /api/keys"] = ("admin", null),
        ["POST /api/keys"] = ("admin", "{}"),
        ["DELETE /api/keys/{id}"] = ("admin", null),
        ["POST /api/session"] = ("begin session", ""),
        ["GET /api/session"] = ("own session", null),
        ["DELETE /api/session"] = ("own session", null),
        ["POST /api/tickets"] = ("ticket", """{"stream":"a.x"}"""),
        ["POST /mcp"] = ("tools", """{"jsonrpc":"2.0","id":1,"method":"tools/list"}"""),
        ["GET /health/live"] = ("open", null),
        ["GET /health/ready"] = ("open", null),
        ["GET /health/write"] = ("open", null),
        ["GET /openapi/{documentName}.json"] = ("open", null),
        ["GET /metrics"] = ("metrics", null),
    };

    // For each tool its arguments, and which of the six named keys that are valid may use it where everything needs a key.
    private static readonly Dictionary<string, (string Arguments, string Answers)> Tools = new()
    {
        ["push_stream"] = ("""{"message":"m","stream":"a.x"}""", "ok no no no no no"),
        ["ask_stream"] = ("""{"question":"q","stream":"a.x","wait_seconds":0}""", "ok no no no no no"),
        ["read_stream"] = ("""{"stream":"a.x"}""", "no no ok no no no"),
        ["list_streams"] = ("{}", "ok ok ok ok ok ok"),
        ["stream_status"] = ("""{"stream":"a.x"}""", "ok ok ok no no no"),
    };

    public class OpenGateway() : MatrixGateway(("Webstream:Write", "loopback"));

    public class ClosedGateway() : MatrixGateway(("Webstream:Write", "key"), ("Webstream:Read", "key"));

    public class MatrixGateway(params (string, string)[] settings) : GatewayFixture([("Webstream:ApiKey", DefaultKey), .. settings]), IAsyncLifetime
    {
        private const string DefaultKey = "the-shared-key-of-the-tests";

        /// <summary>The headers of each caller, in the order of the columns.</summary>
        public IReadOnlyList<(string Name, string Value)[]> Callers { get; private set; } = [];

        async ValueTask IAsyncLifetime.InitializeAsync()
        {
            await InitializeAsync();
            (string, string) proxied = ("Via", "1.1 proxy");
            var revoked = await NewAsync("revoked", """ "publish":["*"],"subscribe":["*"],"history":["*"],"admin":true""");
            await Gateway.SendAsync(HttpMethod.Delete, $"/api/keys/{revoked.Id}", ("X-API-Key", DefaultKey)).OkAsync();
            var soon = DateTimeOffset.UtcNow.AddSeconds(2);
            var expired = await NewAsync("expired", $""" "publish":["*"],"subscribe":["*"],"history":["*"],"admin":true,"expires":"{soon:O}" """);
            Callers =
            [
                [],
                [proxied],
                [proxied, ("X-API-Key", DefaultKey)],
                [proxied, ("X-API-Key", "wrong")],
                [("Origin", "https://evil.example")],
                [("Host", "evil.example")],
                [proxied, ("X-API-Key", (await NewAsync("p", """ "publish":["a.*"]""")).Key)],
                [proxied, ("X-API-Key", (await NewAsync("s", """ "subscribe":["a.*"]""")).Key)],
                [proxied, ("X-API-Key", (await NewAsync("h", """ "history":["a.*"]""")).Key)],
                [proxied, ("X-API-Key", (await NewAsync("y", """ "approve":["a.*"]""")).Key)],
                [proxied, ("X-API-Key", (await NewAsync("z", """ "admin":true""")).Key)],
                [proxied, ("X-API-Key", (await NewAsync("b", """ "publish":["b.*"],"subscribe":["b.*"],"history":["b.*"],"approve":["b.*"]""")).Key)],
                [proxied, ("Authorization", $"Bearer {expired.Key}")],
                [proxied, ("Authorization", $"Bearer {revoked.Key}")],
            ];
            await Until.TrueAsync(() => DateTimeOffset.UtcNow > soon);
        }

        private async Task<(string Key, string Id)> NewAsync(string name, string rights)
        {
            var made = await Gateway.PostAsync("/api/keys", $$"""{"name":"{{name}}",{{rights}}}""", "application/json", ("X-API-Key", DefaultKey)).OkAsync();
            return (made.GetProperty("key").GetString()!, made.GetProperty("id").GetString()!);
        }
    }

    [Fact]
    public void EveryEndpointAndEveryTool_HasARow()
    {
        var endpoints = open.Gateway.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(endpoint => (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"])
                .Where(method => method != "HEAD")
                .Select(method => $"{method} /{endpoint.RoutePattern.RawText!.Trim('/')}"));
        endpoints.Distinct().Order().ShouldBe(Endpoints.Keys.Order());

        var tools = open.Gateway.Services.GetRequiredService<IOptions<McpServerOptions>>().Value.ToolCollection!;
        tools.Select(tool => tool.ProtocolTool.Name).Order().ShouldBe(Tools.Keys.Order());
    }

    [Fact]
    public Task Endpoints_WhereReadingIsOpen() => CheckAsync(open, expected => expected.Open);

    [Fact]
    public Task Endpoints_WhereEverythingNeedsAKey() => CheckAsync(closed, expected => expected.Closed);

    [Fact]
    public async Task Tools_WhereEverythingNeedsAKey()
    {
        foreach (var (tool, (arguments, answers)) in Tools)
        {
            var got = new List<string>();
            foreach (var caller in closed.Callers.Skip(6).Take(6))
            {
                var body = $$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"{{{tool}}}","arguments":{{{arguments}}} } }""";
                using var answer = await closed.Gateway.PostAsync("/mcp", body, "application/json", [.. caller, ("Accept", "application/json, text/event-stream")]);
                var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                answer.StatusCode.ShouldBe(HttpStatusCode.OK, text);
                got.Add(text.Contains("\"isError\":true", StringComparison.Ordinal) ? "no" : "ok");
            }

            string.Join(' ', got).ShouldBe(answers, tool);
        }
    }

    private static async Task CheckAsync(MatrixGateway fixture, Func<(string Open, string Closed), string> expected)
    {
        var wrong = new List<string>();
        foreach (var (endpoint, (action, body)) in Endpoints)
        {
            var got = new List<string>();
            foreach (var caller in fixture.Callers)
            {
                var parts = endpoint.Split(' ');
                var path = parts[1].Replace("{name}", "a.x").Replace("{id}", "none").Replace("{documentName}", "v1");
                // This one is held open without an answer; a HEAD is judged alike.
                var method = path == "/api/assistant" ? "HEAD" : parts[0];
                using var answer = await SendAsync(fixture.Gateway, method, path == "/stream" ? "/stream?stream=a.x" : path, body, caller);
                got.Add((int)answer.StatusCode is 401 or 403 or 503 ? $"{(int)answer.StatusCode}" : "ok");
            }

            var columns = expected(ByAction[action]).Replace("  ", " ");
            if (string.Join(' ', got) != columns)
            {
                wrong.Add($"{endpoint}\n  is        {string.Join(' ', got)}\n  should be {columns}");
            }
        }

        wrong.ShouldBeEmpty();
    }

    private static async Task<HttpResponseMessage> SendAsync(TestGateway gateway, string method, string path, string? body, (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new(method), path);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        }

        if (body is not null)
        {
            // Another type is refused before it matters who sends it.
            request.Content = new StringContent(body, Encoding.UTF8, path == "/api/history/import" ? "application/x-ndjson" : "application/json");
            request.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
        }

        return await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }
}
