using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Access;

public sealed class CorsTests(CorsTests.Fixture fixture) : IClassFixture<CorsTests.Fixture>
{
    private const string AllowOrigin = "Access-Control-Allow-Origin";

    private readonly TestGateway gateway = fixture.Gateway;

    public sealed class Fixture() : GatewayFixture(("Webstream:AllowedOrigins", "https://app.example"));

    [Theory]
    [InlineData("/stream")]
    [InlineData("/stream/some")]
    [InlineData("/stream?history=1")]
    [InlineData("/stream?stream=no%20name")]
    public async Task Stream_ForAnyOrigin_AllowsAll(string path)
    {
        using var answer = await gateway.SendAsync(HttpMethod.Get, path, ("Origin", "https://evil.example"));

        answer.Headers.GetValues(AllowOrigin).ShouldBe(["*"]);
        answer.Headers.Contains("Access-Control-Allow-Credentials").ShouldBeFalse();
    }

    [Theory]
    [InlineData("/stream")]
    [InlineData("/stream/some")]
    public async Task Preflight_OfTheStream_AllowsWhatEventSourcesSend(string path)
    {
        using var answer = await PreflightAsync(path, "https://evil.example", "GET", "last-event-id,cache-control,accept");

        answer.IsSuccessStatusCode.ShouldBeTrue();
        answer.Headers.GetValues(AllowOrigin).ShouldBe(["*"]);
        var allowed = answer.Headers.GetValues("Access-Control-Allow-Headers").Single().Split(',');
        foreach (var header in new[] { "Last-Event-ID", "Cache-Control", "Accept", "sentry-trace", "b3", "X-B3-TraceId", "X-Datadog-Trace-Id" })
        {
            allowed.ShouldContain(header);
        }

        allowed.ShouldAllBe(header => !header.StartsWith("X-Forwarded", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("https://app.example")]
    [InlineData("http://localhost:3000")]
    public async Task Api_ForAnAllowedOrigin_EchoesIt(string origin)
    {
        using var answer = await gateway.SendAsync(HttpMethod.Get, "/api/streams", ("Origin", origin));
        using var preflight = await PreflightAsync("/api/push", origin, "POST", "content-type,idempotency-key,x-api-key");

        answer.Headers.GetValues(AllowOrigin).ShouldBe([origin]);
        answer.Headers.Vary.ShouldContain("Origin");
        preflight.Headers.GetValues(AllowOrigin).ShouldBe([origin]);
        preflight.Headers.GetValues("Access-Control-Allow-Methods").Single().ShouldContain("POST");
        preflight.Headers.GetValues("Access-Control-Allow-Headers").Single().ShouldContain("idempotency-key");
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    public async Task Api_ForAForeignOrigin_AllowsNothing(string origin)
    {
        using var preflight = await PreflightAsync("/api/push", origin, "POST", "content-type");

        preflight.Headers.Contains(AllowOrigin).ShouldBeFalse();
        foreach (var path in new[] { "/api/streams", "/api/streams/main/messages", "/api/info", "/", "/health/ready", "/openapi/v1.json", "/no/such" })
        {
            using var answer = await gateway.SendAsync(HttpMethod.Get, path, ("Origin", origin));
            answer.Headers.Contains(AllowOrigin).ShouldBeFalse(path);
        }
    }

    [Theory]
    [InlineData("/stream", "GET")]
    [InlineData("/STREAM/some", "GET")]
    [InlineData("/api/push", "POST")]
    [InlineData("/api/streams", "GET")]
    [InlineData("/mcp", "POST")]
    [InlineData("/mcp", "GET")]
    [InlineData("/mcp", "DELETE")]
    public async Task Preflight_OfAConfiguredOrigin_AllowsItselfItsCredentialsAndTracing(string path, string method)
    {
        using var answer = await PreflightAsync(path, "https://app.example", method, "content-type,traceparent,sentry-trace,b3,x-datadog-trace-id,x-some-library");

        answer.StatusCode.ShouldBe(System.Net.HttpStatusCode.NoContent);
        answer.Headers.GetValues(AllowOrigin).ShouldBe(["https://app.example"]);
        answer.Headers.GetValues("Access-Control-Allow-Credentials").ShouldBe(["true"]);
        answer.Headers.GetValues("Access-Control-Allow-Headers").Single().Split(',').ShouldBeSubsetOf(
            ["content-type", "traceparent", "sentry-trace", "b3", "x-datadog-trace-id", "x-some-library"]);
        answer.Headers.GetValues("Access-Control-Allow-Headers").Single().ShouldContain("x-some-library");
    }

    [Theory]
    [InlineData("GET", "/mcp", 405)]
    [InlineData("DELETE", "/mcp", 405)]
    [InlineData("GET", "/api/push", 405)]
    [InlineData("GET", "/api/nothing", 404)]
    [InlineData("POST", "/stream", 405)]
    public async Task Refusal_WithoutAnEndpoint_CanBeReadByAllowedOrigins(string method, string path, int status)
    {
        foreach (var origin in new[] { "https://app.example", "http://localhost:6274", "https://evil.example" })
        {
            using var answer = await gateway.SendAsync(new HttpMethod(method), path, ("Origin", origin));

            ((int)answer.StatusCode).ShouldBe(status);
            var allowed = answer.Headers.TryGetValues(AllowOrigin, out var values) ? values.Single() : null;
            allowed.ShouldBe(path == "/stream" && origin != "https://app.example" ? "*" : origin == "https://evil.example" ? null : origin);
        }
    }

    [Theory]
    [InlineData("https://app.example", true)]
    [InlineData("http://localhost:6274", true)]
    [InlineData("https://evil.example", false)]
    public async Task Preflight_ThatAsksForAPrivateNetwork_IsAllowedToAllowedOrigins(string origin, bool isAllowed)
    {
        using var answer = await gateway.SendAsync(
            HttpMethod.Options, "/api/push", ("Origin", origin), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Private-Network", "true"));

        answer.Headers.Contains("Access-Control-Allow-Private-Network").ShouldBe(isAllowed);
    }

    [Fact]
    public async Task Stream_ForAConfiguredOrigin_AllowsItselfAndItsCredentials()
    {
        using var answer = await gateway.SendAsync(HttpMethod.Get, "/stream", ("Origin", "https://app.example"));

        answer.Headers.GetValues(AllowOrigin).ShouldBe(["https://app.example"]);
        answer.Headers.GetValues("Access-Control-Allow-Credentials").ShouldBe(["true"]);
        answer.Headers.Vary.ShouldContain("Origin");
    }

    [Theory]
    [InlineData("http://localhost:6274", true)]
    [InlineData("https://evil.example", false)]
    public async Task Mcp_ForAPage_IsOpenToAllowedOriginsAlone(string origin, bool isAllowed)
    {
        using var preflight = await PreflightAsync("/mcp", origin, "POST", "content-type,mcp-protocol-version");
        using var answer = await gateway.PostAsync("/mcp", """{"jsonrpc":"2.0","id":1,"method":"ping"}""", "application/json", ("Origin", origin));

        preflight.Headers.Contains(AllowOrigin).ShouldBe(isAllowed);
        answer.Headers.Contains(AllowOrigin).ShouldBe(isAllowed);
        ((int)answer.StatusCode).ShouldBe(isAllowed ? 200 : 403);
    }

    private Task<HttpResponseMessage> PreflightAsync(string path, string origin, string method, string headers) =>
        gateway.SendAsync(
            HttpMethod.Options, path, ("Origin", origin), ("Access-Control-Request-Method", method), ("Access-Control-Request-Headers", headers));
}
