using Webstream.Mcp.Tests.Harness;

namespace Webstream.Mcp.Tests.Stdio;

/// <summary>What clients show of the server's standard error, or keep.</summary>
public sealed class StandardErrorTests
{
    [Theory]
    [InlineData("tools/call", "name")]
    [InlineData("resources/read", "uri")]
    public async Task Errors_AboutWhatACallerSent_AreOneLineEach(string method, string member)
    {
        await using var machine = new Machine();
        await using var server = await ServerRun.Start(machine).HandshakeAsync();

        await server.SendAsync($$$"""{"jsonrpc":"2.0","id":5,"method":"{{{method}}}","params":{"{{{member}}}":"\r10:00:00 info: FORGED[1] \nfail: FORGED[2] \u001b[2J\u009b31m\u202e"}}""");
        (await server.LineAsync()).GetProperty("id").GetInt32().ShouldBe(5);
        server.CloseInput();
        await server.EndAsync();

        server.Errors.ShouldAllBe(line => !line.Any(char.IsControl) && !line.StartsWith("10:00:00", StringComparison.Ordinal) && !line.StartsWith("fail: FORGED", StringComparison.Ordinal));
    }
}
