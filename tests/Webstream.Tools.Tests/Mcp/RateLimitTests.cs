using Webstream.Tools.Tests.Hosting;

namespace Webstream.Tools.Tests.Mcp;

public sealed class RateLimitTests(RateLimitTests.Fixture fixture) : IClassFixture<RateLimitTests.Fixture>
{
    public sealed class Fixture() : GatewayFixture(("Webstream:Push:PerSecond", "1"));

    [Fact]
    public async Task Calls_BeyondTheLimit_AreToldToComeLater()
    {
        const string Ping = """{"jsonrpc":"2.0","id":1,"method":"ping"}""";
        // All calls come at once. One after the other, they could be slower than the limit.
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => fixture.Gateway.PostAsync(
            "/mcp", Ping, "application/json", ("Accept", "application/json, text/event-stream"), ("MCP-Protocol-Version", Revisions.November2025))));

        var limited = answers.Where(answer => (int)answer.StatusCode == 429).ToArray();
        limited.ShouldNotBeEmpty();
        foreach (var answer in limited)
        {
            (await answer.ProblemAsync(429)).ShouldStartWith("One caller may push 1 times a second here.");
            answer.Headers.RetryAfter.ShouldNotBeNull();
        }

        Array.ForEach(answers, answer => answer.Dispose());
    }
}
