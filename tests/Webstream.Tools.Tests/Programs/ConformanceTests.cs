namespace Webstream.Tools.Tests.Programs;

/// <summary>The protocol's own conformance tests, limited to the scenarios that need no special tools.</summary>
public sealed class ConformanceTests(GatewayFixture fixture, CheckerPrograms programs) : IClassFixture<GatewayFixture>, IClassFixture<CheckerPrograms>
{
    [Theory]
    [InlineData("server-initialize")]
    [InlineData("ping")]
    [InlineData("tools-list")]
    [InlineData("resources-list")]
    [InlineData("prompts-list")]
    [InlineData("http-header-validation")]
    [InlineData("dns-rebinding-protection")]
    [InlineData("server-session-lifecycle")]
    [InlineData("sep-2164-resource-not-found")]
    [InlineData("caching")]
    public async Task Scenario_AtMcp_PassesWithoutWarnings(string scenario)
    {
        var run = await programs.ConformAsync(new(fixture.Gateway.Address, "/mcp"), scenario);

        run.ExitCode.ShouldBe(0, run.ToString());
        run.Output.ShouldContain("0 failed, 0 warnings");
    }
}
