using System.Diagnostics;
using Webstream.Cluster.Tests.Harness;

namespace Webstream.Cluster.Tests.Failures;

[Collection(SharedCluster.Name)]
public sealed class EachInTurnTests(ClusterFixture shared) : Scenario(shared)
{
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(45);

    [Fact]
    public async Task EveryProcess_KilledInTurnUnderLoad_NothingIsLost()
    {
        await using var load = await StartLoadAsync();
        var (began, kills) = (Stopwatch.GetTimestamp(), 0);
        var order = new Random(1);
        while (kills < Cluster.All.Count() || Stopwatch.GetElapsedTime(began) < Usual + MoreTime)
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
