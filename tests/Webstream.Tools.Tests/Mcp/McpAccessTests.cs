using ModelContextProtocol.Client;
using Webstream.Tools.Tests.Hosting;

namespace Webstream.Tools.Tests.Mcp;

/// <summary>The tools can write, so the rules of writing hold for <c>/mcp</c>, with <c>403</c> where others answer <c>401</c>.</summary>
public sealed class McpAccessTests(McpAccessTests.Fixture fixture) : IClassFixture<McpAccessTests.Fixture>
{
    private const string Push =
        """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"push_stream","arguments":{"message":"text","stream":"STREAM"}}}""";

    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    public sealed class Fixture() : GatewayFixture(
        ("Webstream:ApiKey", "secret-of-the-tests"),
        ("Webstream:AllowedHosts", "stream.example"),
        ("Webstream:AllowedOrigins", "https://app.example"));

    [Theory]
    [InlineData("Host", "evil.example", "The gateway does not know the name 'evil.example'.")]
    [InlineData("Host", "127.0.0.1.evil.example", "The gateway does not know the name '127.0.0.1.evil.example'.")]
    [InlineData("Origin", "https://evil.example", "Pages of the origin 'https://evil.example' may not push.")]
    [InlineData("Origin", "null", "Pages of the origin 'null' may not push.")]
    [InlineData("X-Forwarded-For", "127.0.0.1", "Without a key only callers on the gateway's own machine may push, and only at its loopback address: call it as localhost or 127.0.0.1 there. ")]
    [InlineData("Via", "1.1 proxy", "Without a key only callers on the gateway's own machine may push, and only at its loopback address: call it as localhost or 127.0.0.1 there. ")]
    [InlineData("X-API-Key", "wrong", "The key is wrong.")]
    [InlineData("Authorization", "Bearer wrong", "The key is wrong.")]
    public async Task Call_ThatMayNotWrite_IsRefusedAndSaysWhatToSet(string header, string value, string says)
    {
        using var refused = await CallAsync((header, value));

        (await refused.ProblemAsync(403)).ShouldStartWith(says);
        refused.Headers.WwwAuthenticate.ShouldBeEmpty();
        (await gateway.GetAsync($"/api/streams/{stream}")).GetProperty("head").GetString().ShouldBe("0-0");
    }

    [Theory]
    [InlineData("Host", "evil.example")]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("X-Forwarded-For", "127.0.0.1")]
    public async Task Call_WithTheKey_IsTakenWhereverItComesFrom(string header, string value)
    {
        using var taken = await CallAsync((header, value), ("Authorization", "Bearer secret-of-the-tests"));

        (await taken.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("Active clients: 0");
    }

    [Theory]
    [InlineData("Host", "localhost:8000", "http://localhost:8000/")]
    [InlineData("Host", "stream.example", "http://stream.example/")]
    [InlineData("Host", "0.0.0.0:8000", "http://localhost:")]
    [InlineData("Host", "[::1]:8000", "http://[::1]:8000/")]
    [InlineData("Origin", "https://app.example", "http://127.0.0.1:")]
    public async Task Call_ByAKnownName_IsToldToOpenThat(string header, string value, string open)
    {
        using var taken = await CallAsync((header, value));

        (await taken.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain($"Open in a browser: {open}");
    }

    [Fact]
    public async Task Call_WithAKeyByAnUnknownName_IsNotToldToOpenIt()
    {
        using var taken = await CallAsync(("Host", "evil.example"), ("X-API-Key", "secret-of-the-tests"));

        var text = await taken.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        text.ShouldNotContain("evil.example");
        text.ShouldContain($"Open in a browser: http://localhost:{gateway.Address.Port}/");
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("DELETE")]
    public async Task Request_ForASession_IsNoMethod(string method) =>
        (await gateway.SendAsync(new HttpMethod(method), "/mcp", ("Accept", "text/event-stream")).ProblemAsync(405)).ShouldStartWith("This address takes POST.");

    [Fact]
    public async Task Request_ThatIsTooLarge_IsAProblem()
    {
        var body = Push.Replace("text", new string('x', 2_000_000), StringComparison.Ordinal);

        (await gateway.PostAsync("/mcp", body, "application/json", ("Accept", "application/json, text/event-stream")).ProblemAsync(413))
            .ShouldStartWith("The request is too large.");
    }

    [Fact]
    public async Task Client_WithTheKey_Connects()
    {
        await using var client = await TestClient.ConnectAsync(gateway, Revisions.November2025, ("X-API-Key", "secret-of-the-tests"), ("X-Forwarded-For", "10.0.0.1"));

        (await client.Client.ListToolsAsync(cancellationToken: TestContext.Current.CancellationToken)).Count.ShouldBe(5);
    }

    [Fact]
    public async Task Client_WithoutTheKey_FailsWithTheStatus() =>
        (await Should.ThrowAsync<HttpRequestException>(() => TestClient.ConnectAsync(gateway, Revisions.November2025, ("X-Forwarded-For", "10.0.0.1"))))
            .StatusCode.ShouldBe(System.Net.HttpStatusCode.Forbidden);

    private Task<HttpResponseMessage> CallAsync(params (string, string)[] headers) =>
        gateway.PostAsync(
            "/mcp", Push.Replace("STREAM", stream, StringComparison.Ordinal), "application/json",
            [("Accept", "application/json, text/event-stream"), ("MCP-Protocol-Version", Revisions.November2025), .. headers]);
}

/// <summary>The configured address takes precedence over every other.</summary>
public sealed class PublicUrlTests(PublicUrlTests.Fixture fixture) : IClassFixture<PublicUrlTests.Fixture>
{
    public sealed class Fixture() : GatewayFixture(("Webstream:PublicUrl", "https://stream.example.org/live"));

    [Fact]
    public async Task Answer_TellsTheConfiguredAddress()
    {
        await using var client = await TestClient.ConnectAsync(fixture.Gateway);

        var status = (await client.CallAsync("stream_status", new { stream = "build" })).Ok();

        status.Members.GetProperty("open")[0].GetString().ShouldBe("https://stream.example.org/live/?stream=build");
        status["events"].ShouldBe("https://stream.example.org/live/stream/build");
    }
}
