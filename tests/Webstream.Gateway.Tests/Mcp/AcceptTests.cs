using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Mcp;

/// <summary>An answer of <c>/mcp</c> is an event stream: a client that takes one gets it, and another is told what to send.</summary>
public sealed class AcceptTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private const string Ping = """{"jsonrpc":"2.0","id":1,"method":"ping"}""";

    [Theory]
    [InlineData(null, 200)]
    [InlineData("*/*", 200)]
    [InlineData("text/event-stream", 200)]
    [InlineData("text/*", 200)]
    [InlineData("application/json, text/event-stream", 200)]
    [InlineData("application/json;q=0.9, text/event-stream;q=0.1", 200)]
    [InlineData("application/json", 406)]
    [InlineData("application/*", 406)]
    [InlineData("text/html", 406)]
    [InlineData("text/event-stream;q=0, application/json", 406)]
    [InlineData(";;;", 406)]
    public async Task Accept_OfAnyForm_IsAnsweredOrToldWhatToSend(string? accept, int status)
    {
        (string, string)[] headers = accept is null ? [] : [("Accept", accept)];
        using var answer = await fixture.Gateway.PostAsync("/mcp", Ping, "application/json", headers);

        ((int)answer.StatusCode).ShouldBe(status);
        (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain(
            status == 200 ? "\"result\":{}" : "Send Accept: application/json, text/event-stream.");
    }
}
