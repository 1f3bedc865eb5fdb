using System.Diagnostics;
using Webstream.Cluster.Tests.Harness;
using Webstream.Cluster.Tests.Load;

namespace Webstream.Cluster.Tests.Disk;

/// <summary>One gateway on disk that is killed under load at random moments, again and again, also in the middle of its start.</summary>
public sealed class KilledOnDiskTests
{
    private const int Kills = 3;
    private const int LongestRun = 60;

    [Fact]
    public async Task Gateway_KilledAtRandomMomentsUnderLoad_LosesAndDoublesNothing()
    {
        await using var gateway = new DiskGateway(("Webstream__Log__RetainedBytes", "100000000"));
        await gateway.Server.StartReadyAsync();
        await using var load = await StreamLoad.StartAsync([gateway.Address], "killed", listeners: 12);
        var (began, kills) = (Stopwatch.GetTimestamp(), 0);
        var random = new Random(1);
        // With more time, as many kills as it allows.
        while (kills < Kills || Stopwatch.GetElapsedTime(began) < Scenario.MoreTime)
        {
            await load.WhileInFlightAsync(async () =>
            {
                await Task.Delay(random.Next(LongestRun));
                await gateway.Server.Process.KillAsync();
            });
            kills++;
            await gateway.Server.StartReadyAsync();
            await load.FlowsAsync();
            // Pushes flow sooner than listeners are back.
            await Until.TrueAsync(
                () => load.Listeners.All(listener => listener.Verdicts.Count >= kills), what: $"every listener is back after kill {kills}");
        }

        // Nobody else answers while the gateway starts, and the first pushes wait for the rest of its start.
        await load.FinishAsync($"kill -9 of a gateway on disk, {kills} times", reconnected: false, mayHang: true);
        Directory.GetFiles(gateway.Folder).ShouldNotContain(path => path.Contains("damaged", StringComparison.Ordinal));
    }
}
