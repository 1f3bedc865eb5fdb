using Webstream.Cluster.Tests.Harness;

namespace Webstream.Cluster.Tests.Failures;

[Collection(SharedCluster.Name)]
public sealed class SiloFrozenTests(ClusterFixture shared) : Scenario(shared)
{
    // A silo logs this when its write to the history was refused.
    private const string SteppedDown = "Stepping down from stream";

    [Fact]
    public async Task SiloOfTheGrain_FrozenAndThawed_TheFormerOwnerWritesNothing()
    {
        await using var load = await StartLoadAsync();
        var victim = await Cluster.OwnerOfAsync(load.Stream);
        await load.WhileInFlightAsync(victim.Process.Freeze);
        try
        {
            // Pushes that reached the frozen process lie in its sockets. The process sees them first when it is thawed.
            await load.FlowsAsync();
            (await Cluster.OwnerOfAsync(load.Stream)).ShouldNotBe(victim, "the stream has another owner");
        }
        finally
        {
            victim.Process.Thaw();
        }

        // The silo goes on as the owner until the history refuses its write. It goes on as a silo until it reads that the others have given it up.
        await Until.TrueAsync(() => victim.Process.HasExited, what: "a silo that was given up ends, so that it can be started again");
        Write($"The former owner was refused {victim.Process.Said(SteppedDown)} times before it ended");
        await load.FlowsAsync();
        load.Listeners[0].Cut();
        await Cluster.HealAsync();
        await load.FlowsAsync();
        await load.FinishAsync("SIGSTOP of the silo that holds the grain until another has it, then SIGCONT", reconnected: true);
    }
}
