using Webstream.Cluster.Tests.Harness;
using Webstream.Cluster.Tests.Load;

namespace Webstream.Cluster.Tests.Failures;

/// <summary>Gateways that embed a silo and join. Each one takes listeners with it, perhaps the stream's owner, and perhaps the queue.</summary>
public sealed class EmbeddedSiloTests
{
    [Fact]
    public async Task GatewaysWithSilos_KilledOneAfterTheOther_NothingIsLost()
    {
        RedisServer.MustBeInstalled();
        await using var cluster = new TestCluster(silos: 0, gateways: 2, embed: true);
        await cluster.StartAsync();
        await using var load = await StreamLoad.StartAsync(cluster.Addresses, "embedded");
        foreach (var gateway in cluster.Gateways)
        {
            await load.WhileInFlightAsync(gateway.Process.KillAsync);
            await load.FlowsAsync();
            await gateway.StartReadyAsync();
            await load.FlowsAsync();
        }

        await load.FinishAsync("kill -9 of gateways that embed a silo, one after the other", reconnected: true);
    }
}
