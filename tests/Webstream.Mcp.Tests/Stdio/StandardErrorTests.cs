using Webstream.Mcp.Tests.Harness;

namespace Webstream.Mcp.Tests.Stdio;

/// <summary>The lines of the server's standard error, which clients show or keep.</summary>
public sealed class StandardErrorTests
{
    private const string Forgery = @"\r10:00:00 info: FORGED[1] \nfail: FORGED[2] \u001b[2J\u009b31m\u202e";

    [Theory]
    [InlineData(@"""method"":""tools/call"",""params"":{""name"":""FORGERY""}", false)]
    [InlineData(@"""method"":""resources/read"",""params"":{""uri"":""FORGERY""}", false)]
    // The server names the member that stands twice, in the answer and here.
    [InlineData(@"""method"":""ping"",""FORGERY"":1,""FORGERY"":2", true)]
    public async Task Errors_AboutWhatACallerSent_AreOneLineEach(string members, bool said)
    {
        await using var machine = new Machine();
        await using var server = await ServerRun.Start(machine).HandshakeAsync();

        await server.SendAsync($$"""{"jsonrpc":"2.0","id":5,{{members.Replace("FORGERY", Forgery)}}}""");
        (await server.LineAsync()).GetProperty("id").GetInt32().ShouldBe(5);
        server.CloseInput();
        await server.EndAsync();

        server.Errors.ShouldAllBe(line => !line.Any(char.IsControl) && !line.StartsWith("10:00:00", StringComparison.Ordinal) && !line.StartsWith("fail: FORGED", StringComparison.Ordinal));
        server.Errors.Any(line => line.Contains(@"10:00:00 info: FORGED[1] \nfail: FORGED[2] \u{1b}[2J", StringComparison.Ordinal)).ShouldBe(said, string.Join('\n', server.Errors));
    }
}
