using Webstream.Cluster.Tests.Harness;
using Webstream.Cluster.Tests.Load;

namespace Webstream.Cluster.Tests.Failures;

[Collection(SharedCluster.Name)]
public sealed class GatewayCutOffTests(ClusterFixture shared) : Scenario(shared)
{
    [Fact]
    public async Task Gateway_FrozenAndThawed_ItsListenersGoOnAtAnother()
    {
        await using var load = await StartLoadAsync();
        var victim = Cluster.Gateways[1];
        await load.WhileInFlightAsync(victim.Process.Freeze);
        try
        {
            await Until.TrueAsync(() => load.Listeners.All(listener => listener.Gateway != victim.Address), what: "all have left the frozen gateway");
            await Until.EqualAsync(
                () => StreamDescription.CountAsync(Cluster.Gateways[0].Address, load.Stream),
                (load.Listeners.Count, 1), "the frozen gateway's clients have left the count", Lease);
        }
        finally
        {
            victim.Process.Thaw();
        }

        await victim.ReadyAsync();
        await load.FlowsAsync();
        await load.FinishAsync("SIGSTOP of a gateway until its listeners and its lease are gone, then SIGCONT", reconnected: true, mayHang: true);
    }

    [Fact]
    public async Task Gateway_CutOffFromTheSilos_KeepsItsListenersAndCatchesUp()
    {
        await using var way = new BlackHole();
        await using var cluster = new TestCluster(silos: 1, gateways: 1, way: way);
        await using var gateway = cluster.NewGateway("gateway behind a wall");
        await cluster.StartAsync();
        var lane = way.NewLane();
        await gateway.StartReadyAsync();
        await using var load = await StreamLoad.StartAsync([gateway.Address, cluster.Gateways[0].Address], NewStream());
        await load.WhileInFlightAsync(lane.Close);

        await Until.EqualAsync(() => HealthProbe.ReadyAsync(gateway.Address), 503, "it says that it is not ready");
        var heard = load.Listeners.ConvertAll(listener => listener.Keepalives);
        await Until.TrueAsync(
            () => load.Listeners.Zip(heard).All(pair => pair.First.Gateway != gateway.Address || pair.First.Keepalives > pair.Second + 2),
            what: "its listeners are kept alive");
        lane.Open();

        await gateway.ReadyAsync();
        await load.FlowsAsync();
        load.Listeners.Sum(listener => listener.Cuts).ShouldBe(0, "listeners that were cut");
        load.Listeners[0].Cut();
        await load.FlowsAsync();
        await load.FinishAsync("a gateway that reaches no silo for some seconds", reconnected: true);
    }
}
