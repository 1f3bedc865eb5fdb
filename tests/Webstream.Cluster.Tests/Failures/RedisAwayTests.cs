using Webstream.Cluster.Tests.Harness;
using Webstream.Cluster.Tests.Load;

namespace Webstream.Cluster.Tests.Failures;

[Collection(SharedCluster.Name)]
public sealed class RedisAwayTests(ClusterFixture shared) : Scenario(shared)
{
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Redis_KilledAndStartedAgain_NothingIsLost()
    {
        await using var load = await StartLoadAsync();
        await load.WhileInFlightAsync(Cluster.Redis.Process.KillAsync);
        await Cluster.Redis.RunAsync();
        await load.FlowsAsync();
        await FinishAsync(load, "kill -9 of Redis with an append-only file, and a new start");
    }

    [Fact]
    public async Task Redis_FrozenForTenSeconds_ListenersStayAndPushersAreTold()
    {
        await using var load = await StartLoadAsync();
        await load.WhileInFlightAsync(Cluster.Redis.Process.Freeze);
        try
        {
            await OutageAsync(load);
        }
        finally
        {
            Cluster.Redis.Process.Thaw();
        }

        await FinishAsync(load, "SIGSTOP of Redis for 10 s");
    }

    [Fact]
    public async Task Redis_DownForTenSeconds_ListenersStayAndPushersAreTold()
    {
        await using var load = await StartLoadAsync();
        await load.WhileInFlightAsync(Cluster.Redis.Process.TerminateAsync);
        try
        {
            await OutageAsync(load);
        }
        finally
        {
            await Cluster.Redis.RunAsync();
        }

        await FinishAsync(load, "Redis down for 10 s");
    }

    private async Task OutageAsync(StreamLoad load)
    {
        var (heard, pushes) = (load.Listeners.ConvertAll(listener => listener.Keepalives), load.Pushes);
        var outage = Task.Delay(Outage);
        foreach (var gateway in Cluster.Gateways)
        {
            await Until.EqualAsync(() => HealthProbe.ReadyAsync(gateway.Address), 503, $"{gateway.Name} says that it is not ready", Outage);
        }

        // New pushes wait behind the pushes whose batch was on its way. The new ones were surely not pushed, and their answer says so.
        foreach (var gateway in Cluster.Gateways)
        {
            (await SinglePush.TryAsync(gateway.Address, load.Stream)).ShouldBe((503, true), $"status and Retry-After of a push that began in the outage, at {gateway.Name}");
        }

        await outage;
        load.Listeners.Zip(heard).ShouldAllBe(pair => pair.First.Keepalives > pair.Second + 2, "each listener was kept alive");
        // Pushes that were in before Redis went may have been answered after it.
        load.Pushes.ShouldBeLessThanOrEqualTo(pushes + load.Pushers.Count, "pushes acknowledged without a log");
        load.Pushers.ShouldAllBe(pusher => pusher.Tries.Any(t => t.Status != System.Net.HttpStatusCode.OK), "each pusher was told");
    }

    private async Task FinishAsync(StreamLoad load, string scenario)
    {
        await load.FlowsAsync();
        load.Listeners.Sum(listener => listener.Cuts).ShouldBe(0, "listeners that were cut");
        load.Listeners[0].Cut();
        await load.FlowsAsync();
        foreach (var gateway in Cluster.Gateways)
        {
            await gateway.ReadyAsync();
        }

        await load.FinishAsync(scenario, reconnected: true);
    }
}
