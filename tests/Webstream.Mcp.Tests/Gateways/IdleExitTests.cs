using Webstream.Mcp.Tests.Harness;

namespace Webstream.Mcp.Tests.Gateways;

/// <summary>A started gateway stays for as long as a client needs it, and no longer.</summary>
public sealed class IdleExitTests
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(4);

    [Fact]
    public async Task Gateway_StaysWhileAnAssistantIsOpen_AndEndsAfterItHasGone()
    {
        await using var machine = new Machine();
        machine.Environment["Webstream__IdleExit"] = Idle.ToString();
        var server = await ServerRun.Start(machine).HandshakeAsync();
        var instance = (await machine.InfoAsync()).Instance;
        // Longer than the gateway would stay alone. The test needs a real delay, because it tests a time.
        await Task.Delay(Idle * 2, TestContext.Current.CancellationToken);
        (await machine.InfoAsync()).Instance.ShouldBe(instance);

        await server.DisposeAsync();

        await Until.TrueAsync(() => Task.FromResult(machine.GatewayProcesses().Length == 0));
    }
}
