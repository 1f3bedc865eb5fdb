using Webstream.Mcp.Tests.Harness;

namespace Webstream.Mcp.Tests.Hosting;

public sealed class CommandLineTests
{
    [Fact]
    public async Task Version_IsOneLine()
    {
        await using var machine = new Machine();
        await using var server = ServerRun.Start(machine, "--version");

        (await server.EndAsync()).ShouldBe(0);
        (await server.RestAsync()).ShouldHaveSingleItem().ShouldMatch(@"^\d+\.\d+\.\d+$");
        server.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Help_ListsTheSettings()
    {
        await using var machine = new Machine();
        await using var server = ServerRun.Start(machine, "--help");

        (await server.EndAsync()).ShouldBe(0);
        var text = string.Join('\n', await server.RestAsync());
        foreach (var name in new[] { "WEBSTREAM_URL", "WEBSTREAM_API_KEY", "WEBSTREAM_HOST", "WEBSTREAM_PORT", "WEBSTREAM_PUBLIC_URL", "tools/list" })
        {
            text.ShouldContain(name);
        }
    }

    [Fact]
    public async Task Argument_ThatIsWrong_IsNamed()
    {
        await using var machine = new Machine();
        await using var server = ServerRun.Start(machine, "--nonsense");

        (await server.EndAsync()).ShouldBe(1);
        server.Errors.ShouldContain(line => line.Contains("--nonsense", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Setting_ThatIsWrong_IsOneLineThatSaysWhatToWrite()
    {
        await using var machine = new Machine();
        await using var server = ServerRun.Start(machine, environment: ("WEBSTREAM_PORT", "many"));

        (await server.EndAsync()).ShouldBe(1);
        server.Errors.ShouldBe(["webstream-mcp: WEBSTREAM_PORT is a port from 1 to 65535, for example 8000."]);
        (await server.RestAsync()).ShouldBeEmpty();
    }
}
