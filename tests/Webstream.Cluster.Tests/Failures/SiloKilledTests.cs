using Webstream.Cluster.Tests.Harness;
using Webstream.Cluster.Tests.Load;

namespace Webstream.Cluster.Tests.Failures;

[Collection(SharedCluster.Name)]
public sealed class SiloKilledTests(ClusterFixture shared) : Scenario(shared)
{
    [Fact]
    public async Task SiloOfTheGrain_Killed_NothingIsLostAndNobodyIsCut()
    {
        await using var load = await StartLoadAsync();
        var victim = await Cluster.OwnerOfAsync(load.Stream);
        await load.WhileInFlightAsync(victim.Process.KillAsync);
        await load.FlowsAsync();
        (await Cluster.OwnerOfAsync(load.Stream)).ShouldNotBe(victim, "the stream has another owner");
        await GoOnAsync(load, victim, "kill -9 of the silo that holds the grain");
    }

    [Fact]
    public async Task SiloOfTheQueue_Killed_NothingIsLostAndNobodyIsCut()
    {
        await using var load = await StartLoadAsync();
        var victim = await Cluster.QueueHolderAsync();
        await load.WhileInFlightAsync(victim.Process.KillAsync);
        await load.FlowsAsync();
        (await Cluster.QueueHolderAsync()).ShouldNotBe(victim, "the queue is elsewhere");
        await GoOnAsync(load, victim, "kill -9 of the silo that holds the queue");
    }

    [Fact]
    public async Task AllSilos_KilledAndStartedAgain_EpochAndEveryMessageSurvive()
    {
        await using var load = await StartLoadAsync();
        await load.WhileInFlightAsync(() => Task.WhenAll(Cluster.Silos.Select(silo => silo.Process.KillAsync())));
        foreach (var gateway in Cluster.Gateways)
        {
            await Until.EqualAsync(() => HealthProbe.ReadyAsync(gateway.Address), 503, $"{gateway.Name} says that it is not ready");
        }

        var heard = load.Listeners.ConvertAll(listener => listener.Keepalives);
        await Until.TrueAsync(
            () => load.Listeners.Zip(heard).All(pair => pair.First.Keepalives > pair.Second + 1), what: "listeners are kept alive without a cluster");
        await Cluster.HealAsync();
        await load.FlowsAsync();
        NobodyWasCut(load);
        load.Listeners[0].Cut();
        await load.FlowsAsync();
        await load.FinishAsync("kill -9 of all silos, and a new start", reconnected: true);
    }

    private static async Task GoOnAsync(StreamLoad load, SiloProcess victim, string scenario)
    {
        NobodyWasCut(load);
        // One listener comes back at another gateway. The new owner gives it what it missed.
        load.Listeners[0].Cut();
        await load.FlowsAsync();
        await victim.StartReadyAsync();
        await load.FlowsAsync();
        await load.FinishAsync(scenario, reconnected: true);
    }

    private static void NobodyWasCut(StreamLoad load) => load.Listeners.Sum(listener => listener.Cuts).ShouldBe(0, "listeners that were cut");
}
