using System.Text.Json;

namespace Webstream.Tools.Tests.Programs;

/// <summary>The inspector, which people use to see whether a server works.</summary>
public sealed class InspectorTests(GatewayFixture fixture, CheckerPrograms programs) : IClassFixture<GatewayFixture>, IClassFixture<CheckerPrograms>
{
    private const int ToolFailed = 5;

    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    private Uri Mcp => new(gateway.Address, "/mcp");

    [Theory]
    [InlineData("legacy")]
    [InlineData("modern")]
    public async Task List_WithStrictSchemas_HasNothingToReport(string era)
    {
        var run = await programs.InspectAsync(Mcp, "--method", "tools/list", "--strict", "--protocol-era", era);

        run.ExitCode.ShouldBe(0, run.ToString());
        run.Errors.ShouldBeEmpty();
        using var answer = JsonDocument.Parse(run.Output);
        answer.RootElement.GetProperty("result").GetProperty("tools").GetArrayLength().ShouldBe(5);
    }

    [Fact]
    public async Task Push_ReachesAListener()
    {
        await using var listener = await gateway.ListenAsync($"/stream/{stream}");

        var run = await CallAsync("push_stream", new { message = "from the inspector", stream, port = "8000" });

        run.ExitCode.ShouldBe(0, run.ToString());
        run.Output.ShouldContain("Active clients: 1");
        (await listener.NextAsync()).Data.ShouldEndWith("from the inspector");
    }

    [Fact]
    public async Task Push_ThatIsWrong_FailsAndSaysWhy()
    {
        var run = await CallAsync("push_stream", new { stream });

        run.ExitCode.ShouldBe(ToolFailed, run.ToString());
        run.Output.ShouldContain("message is missing");
    }

    private Task<ProgramRun> CallAsync(string tool, object arguments) =>
        programs.InspectAsync(Mcp, "--method", "tools/call", "--tool-name", tool, "--tool-args-json", JsonSerializer.Serialize(arguments));
}
