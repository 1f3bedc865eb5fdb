using System.Diagnostics;
using Webstream.Cluster.Tests.Harness;

namespace Webstream.Cluster.Tests.Failures;

[Collection(SharedCluster.Name)]
public sealed class EachInTurnTests(ClusterFixture shared) : Scenario(shared)
{
    [Fact]
    public async Task EveryProcess_KilledInTurnUnderLoad_NothingIsLost()
    {
        await using var load = await StartLoadAsync();
        var (began, kills) = (Stopwatch.GetTimestamp(), 0);
        var order = new Random(1);
        // Each once, and again and again where there is more time.
        while (kills == 0 || Stopwatch.GetElapsedTime(began) < MoreTime)
        {
            var turn = Cluster.All.ToArray();
            order.Shuffle(turn);
            foreach (var server in turn)
            {
                Cluster.All.Where(one => !one.IsRunning).Select(one => one.Name).ShouldBeEmpty("ended by themselves");
                await load.WhileInFlightAsync(server.Process.KillAsync);
                kills++;
                await load.FlowsAsync();
                await server.StartReadyAsync();
                await load.FlowsAsync();
            }
        }

        await load.FinishAsync($"kill -9 of each process in turn, {kills} kills", reconnected: true);
    }
}
