using System.Text.Json;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Access;

/// <summary>Requests whose body takes its time, while their key is revoked.</summary>
public sealed class LateCheckTests(LateCheckTests.Fixture fixture) : IClassFixture<LateCheckTests.Fixture>
{
    private static readonly (string, string) Admin = ("X-API-Key", "the-shared-key-of-the-tests");

    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    public sealed class Fixture() : GatewayFixture(("Webstream:ApiKey", "the-shared-key-of-the-tests"), ("Webstream:Read", "key"));

    [Theory]
    [InlineData("POST /api/keys", """{"name":"made-late","publish":["*"]}""")]
    [InlineData("PUT /api/streams/{0}/settings", """{"description":"set late"}""")]
    [InlineData("POST /api/tickets", """{"stream":"{0}"}""")]
    [InlineData(
        "POST /api/history/import",
        "{\"webstream\":1,\"final\":false,\"at\":\"2026-11-30T12:00:00.000000+00:00\"}\n{\"stream\":\"{0}\",\"oldest\":1,\"settings\":{\"description\":\"set late\"}}\n")]
    public async Task RequestOfAKey_ThatWasRevokedMeanwhile_DoesNothing(string endpoint, string body)
    {
        var made = await gateway.PostAsync(
            "/api/keys", """{"name":"slow","admin":true,"subscribe":["*"]}""", "application/json", Admin).OkAsync();
        body = body.Replace("{0}", stream);
        using var slow = await RawConnection.ConnectAsync(gateway.Address);
        await slow.SendAsync(
            $"{endpoint.Replace("{0}", stream)} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {made.GetProperty("key")}\r\nContent-Type: {(endpoint.EndsWith("import", StringComparison.Ordinal) ? "application/x-ndjson" : "application/json")}\r\n"
            + $"Content-Length: {body.Length}\r\nExpect: 100-continue\r\n\r\n");
        // It was let in: the gateway asks for the body.
        await slow.UntilAsync("100 Continue");
        await gateway.SendAsync(HttpMethod.Delete, $"/api/keys/{made.GetProperty("id")}", Admin).OkAsync();
        await slow.SendAsync(body);

        (await slow.UntilAsync("revoked")).ShouldContain("HTTP/1.1 401");
        (await gateway.SendAsync(HttpMethod.Get, "/api/keys", Admin).OkAsync()).GetProperty("keys").EnumerateArray()
            .Select(key => key.GetProperty("name").GetString()).ShouldNotContain("made-late");
        (await gateway.SendAsync(HttpMethod.Get, $"/api/streams/{stream}/settings", Admin).OkAsync()).TryGetProperty("description", out var description)
            .ShouldBe(description.ValueKind == JsonValueKind.Null);
    }
}
