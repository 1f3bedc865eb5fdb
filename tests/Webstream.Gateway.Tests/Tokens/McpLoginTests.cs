using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using ModelContextProtocol.Authentication;
using ModelContextProtocol.Client;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Tokens;

/// <summary>How assistants find out where to log in.</summary>
public sealed class McpLoginTests : IAsyncLifetime
{
    private const string List = """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""";
    private const string WellKnown = "/.well-known/oauth-protected-resource";

    private static readonly (string, string) Proxied = ("Via", "1.1 proxy");

    private TestIssuer issuer = null!;

    public async ValueTask InitializeAsync() => issuer = await TestIssuer.StartAsync();

    public ValueTask DisposeAsync() => issuer.DisposeAsync();

    [Fact]
    public async Task WithoutAnAuthority_ARefusalIsForGood_AndThereIsNoDocument()
    {
        await using var gateway = await TestGateway.StartAsync();

        using var answer = await gateway.PostAsync("/mcp", List, "application/json", Proxied);
        await answer.ProblemAsync(403);
        answer.Headers.WwwAuthenticate.ShouldBeEmpty();
        await gateway.SendAsync(HttpMethod.Get, WellKnown).ProblemAsync(404);
    }

    [Fact]
    public async Task WithAnAuthority_ARefusalNamesTheDocument_AndTheDocumentTheAuthority()
    {
        await using var gateway = await TestGateway.StartAsync(issuer.Settings);
        var address = gateway.Address.AbsoluteUri.TrimEnd('/');

        (await RefusalAsync(gateway, Proxied)).ShouldBe($"Bearer resource_metadata=\"{address}{WellKnown}/mcp\"");
        (await RefusalAsync(gateway, Proxied, ("X-API-Key", issuer.Token(claims => claims["aud"] = "nobody")))).ShouldContain("resource_metadata");
        foreach (var path in (string[])[WellKnown, $"{WellKnown}/mcp"])
        {
            using var answer = await gateway.SendAsync(HttpMethod.Get, path, ("Origin", "https://inspector.example"));
            answer.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe(["*"]);
            var document = await Task.FromResult(answer).OkAsync();
            document.GetProperty("resource").GetString().ShouldBe($"{address}/mcp");
            document.GetProperty("authorization_servers").EnumerateArray().Select(one => one.GetString()).ShouldBe([issuer.Url]);
        }

        await gateway.SendAsync(HttpMethod.Get, $"{WellKnown}/stream").ProblemAsync(404);
        await gateway.PostAsync($"{WellKnown}/mcp", "", "text/plain").ProblemAsync(404);
        // Whoever has a token that lacks the right gets no other one by logging in; pushes are as they were.
        await gateway.PostAsync("/mcp", List, "application/json", Proxied, ("X-API-Key", issuer.Token(claims => claims.Remove("webstream")))).ProblemAsync(403);
        using var push = await gateway.PostAsync("/api/push", "text", "text/plain", Proxied);
        push.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer");
        using var local = await gateway.PostAsync("/mcp", List, "application/json");
        ((int)local.StatusCode).ShouldBe(200);
    }

    [Fact]
    public async Task Address_IsTheOneThatPeopleKnow()
    {
        await using var published = await TestGateway.StartAsync([("Webstream:PublicUrl", "https://stream.example.org/live"), .. issuer.Settings]);
        (await RefusalAsync(published, Proxied)).ShouldBe($"Bearer resource_metadata=\"https://stream.example.org/live{WellKnown}/mcp\"");
        // Below its path, and where clients look that are not told.
        foreach (var path in (string[])[$"/live{WellKnown}/mcp", $"{WellKnown}/live/mcp"])
        {
            (await ResourceAsync(published, path)).ShouldBe("https://stream.example.org/live/mcp");
        }

        await using var behind = await TestGateway.StartAsync(
            [("Webstream:TrustedProxies", "127.0.0.1"), ("Webstream:AllowedHosts", "proxy.example"), .. issuer.Settings]);
        (string, string)[] forwarded = [("X-Forwarded-For", "192.0.2.7"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "proxy.example")];
        (await RefusalAsync(behind, forwarded)).ShouldBe($"Bearer resource_metadata=\"https://proxy.example{WellKnown}/mcp\"");
        (await ResourceAsync(behind, $"{WellKnown}/mcp", forwarded)).ShouldBe("https://proxy.example/mcp");
        // A name that the gateway does not know is not repeated.
        (await RefusalAsync(behind, Proxied, ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "evil.example"))).ShouldNotContain("evil");
        (await ResourceAsync(behind, $"{WellKnown}/mcp", ("Host", "evil.example"))).ShouldNotContain("evil");
    }

    [Fact]
    public async Task Client_OfTheSdk_FindsTheAuthority_LogsIn_AndCallsATool()
    {
        var port = FreePort.Take();
        var resource = $"http://127.0.0.1:{port}/mcp";
        var asked = new List<string>();
        issuer.Others = async context =>
        {
            var form = await context.Request.ReadFormAsync(context.RequestAborted);
            asked.Add(form["resource"].ToString());
            var token = issuer.Token(claims => claims["aud"] = form["resource"].ToString());
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync($$"""{"access_token":"{{token}}","token_type":"Bearer","expires_in":300}""");
        };
        await using var gateway = await TestGateway.StartAsync(
            $"http://127.0.0.1:{port}", null, [.. issuer.SettingsFor(resource), ("Webstream:Write", "key")]);

        await using var client = await McpClient.CreateAsync(
            new HttpClientTransport(new()
            {
                Endpoint = new(resource),
                TransportMode = HttpTransportMode.StreamableHttp,
                OAuth = new()
                {
                    ClientId = "a client of the tests",
                    RedirectUri = new("http://127.0.0.1:1/callback"),
                    // In place of a person, who would be sent back with the code.
                    AuthorizationCallbackHandler = (login, _) =>
                        Task.FromResult<AuthorizationResult?>(new() { Code = "code", State = QueryHelpers.ParseQuery(login.AuthorizationUri.Query)["state"] }),
                },
            }),
            cancellationToken: TestContext.Current.CancellationToken);
        var reply = await client.CallToolAsync(
            "push_stream", new Dictionary<string, object?> { ["message"] = "by a token" }, cancellationToken: TestContext.Current.CancellationToken);

        reply.IsError.ShouldNotBe(true);
        asked.ShouldAllBe(one => one == resource);
        asked.ShouldNotBeEmpty();
        (await gateway.MessagesAsync("main")).ShouldBe(["by a token"]);
    }

    private static async Task<string> RefusalAsync(TestGateway gateway, params (string, string)[] headers)
    {
        using var answer = await gateway.PostAsync("/mcp", List, "application/json", headers);
        await answer.ProblemAsync(401);
        return answer.Headers.WwwAuthenticate.ToString();
    }

    private static async Task<string> ResourceAsync(TestGateway gateway, string path, params (string, string)[] headers) =>
        (await gateway.SendAsync(HttpMethod.Get, path, headers).OkAsync()).GetProperty("resource").GetString()!;
}
