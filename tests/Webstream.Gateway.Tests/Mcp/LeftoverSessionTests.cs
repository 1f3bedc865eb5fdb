using System.Net;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Mcp;

/// <summary>Clients that still have a session with the server that was at this address before.</summary>
public sealed class LeftoverSessionTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    [Theory]
    [InlineData("abc")]
    [InlineData("9f0c6f6e-5a5c-4a4c-9b3f-1d2e3f4a5b6c")]
    [InlineData("")]
    public async Task Request_WithALeftoverSession_IsAnsweredAsWithoutOne(string session)
    {
        using var answer = await fixture.Gateway.PostAsync(
            "/mcp",
            """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""",
            "application/json",
            ("Accept", "application/json, text/event-stream"),
            ("Mcp-Session-Id", session));

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("push_stream");
        answer.Headers.Contains("Mcp-Session-Id").ShouldBeFalse();
    }
}
