using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Listening;

public sealed class VanishedClientTests
{
    [Fact]
    public async Task Client_ThatVanishesWithoutAWord_LeavesTheCount()
    {
        await using var network = await TestNetwork.CreateAsync();
        await using var gateway = await TestGateway.StartAsync(
            $"http://{network.HostAddress}:0", null,
            ("Webstream:Listeners:Keepalive", "00:00:02"), ("Webstream:Presence:Lease", "00:30:00"));
        await using var client = network.Start(
            $"exec 3<>/dev/tcp/{network.HostAddress}/{gateway.Address.Port}; printf 'GET /stream/gone HTTP/1.1\\r\\nHost: {network.HostAddress}\\r\\n\\r\\n' >&3; cat <&3");
        await client.Output.NextAsync("data: Connected at");
        (await gateway.ClientsAsync("gone")).ShouldBe(1);

        await network.CutAsync();

        // Without the gateway's own rule, the kernel goes on sending for a quarter of an hour. The lease does not run out either.
        await Until.TrueAsync(async () => await gateway.ClientsAsync("gone") == 0);
        client.HasExited.ShouldBeFalse("it is the network that went, not the client");
        await client.KillWithChildrenAsync();
    }
}
