using Webstream.Cluster.Tests.Harness;
using Webstream.Cluster.Tests.Load;

namespace Webstream.Cluster.Tests.Failures;

[Collection(SharedCluster.Name)]
public sealed class GatewayKilledTests(ClusterFixture shared) : Scenario(shared)
{
    [Fact]
    public async Task Gateway_Killed_ItsListenersGoOnAtAnother()
    {
        await using var load = await StartLoadAsync();
        var victim = Cluster.Gateways[0];
        await load.WhileInFlightAsync(victim.Process.KillAsync);
        await Until.TrueAsync(() => load.Listeners.All(listener => listener.Gateway != victim.Address), what: "all have left the dead gateway");
        await load.FlowsAsync();
        await victim.StartReadyAsync();
        await load.FlowsAsync();
        await load.FinishAsync("kill -9 of a gateway", reconnected: true);
    }

    [Fact]
    public async Task Gateway_Killed_ItsClientsLeaveTheCountWithinTheLease()
    {
        // The listeners do not come back. They leave the count only when the lease of the dead gateway expires.
        var stream = NewStream();
        var addresses = Cluster.Addresses;
        await using var load = await StartLoadAsync(listeners: 6);
        await using var listeners = new Listeners(Enumerable.Range(0, 10).Select(n => new ReconnectingListener(addresses, n, stream, comesBack: false)));
        await listeners.ConnectedAsync();
        await Until.EqualAsync(() => StreamDescription.CountAsync(addresses[1], stream), (10, 2), "all are counted");

        await Cluster.Gateways[0].Process.KillAsync();
        var took = await Until.EqualAsync(() => StreamDescription.CountAsync(addresses[1], stream), (5, 1), "the dead gateway's clients are gone", Lease);

        Write($"kill -9 of a gateway: its clients left the count after {took.TotalSeconds:F1} s");
        await load.FlowsAsync();
        await Cluster.HealAsync();
        await load.FinishAsync("kill -9 of a gateway, counted through the other", reconnected: true);
    }
}
