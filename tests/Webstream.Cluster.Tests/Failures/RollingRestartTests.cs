using Webstream.Cluster.Tests.Harness;

namespace Webstream.Cluster.Tests.Failures;

[Collection(SharedCluster.Name)]
public sealed class RollingRestartTests(ClusterFixture shared) : Scenario(shared)
{
    [Fact]
    public async Task EveryProcess_RestartedOneByOneUnderLoad_NothingIsLost()
    {
        await using var load = await StartLoadAsync();
        foreach (var server in Cluster.All)
        {
            await load.WhileInFlightAsync(async () => (await server.Process.TerminateAsync()).ShouldBe(0, $"{server.Name} ended properly:\n{server.Output}"));
            await server.StartReadyAsync();
            await load.FlowsAsync();
        }

        // A gateway that is asked to end answers the requests that it has begun. A request that comes while it closes its connections may be cut.
        load.CutByStrikes.ShouldBeEmpty("pushes that were under way when their gateway was asked to end");
        await load.FinishAsync("rolling restart of every process", reconnected: true);
    }
}
