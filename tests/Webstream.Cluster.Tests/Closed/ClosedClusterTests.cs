using Webstream.Cluster.Tests.Harness;
using Webstream.Cluster.Tests.Load;

namespace Webstream.Cluster.Tests.Closed;

/// <summary>Silos and gateways that do not belong to the cluster are refused, with a line on both sides, while the cluster goes on under load.</summary>
[Collection(ClosedCluster.Name)]
public sealed class ClosedClusterTests
{
    private const string Secret = "Webstream__Cluster__Secret";
    private const string Right = "0123456789abcdef0123456789abcdef";

    private static readonly byte[] Welcome = "WSC1\0"u8.ToArray();

    [Fact]
    public async Task ClusterWithASecret_RefusesRogues()
    {
        RedisServer.MustBeInstalled();
        await using var cluster = new TestCluster(silos: 2, gateways: 2, more: new Dictionary<string, string> { [Secret] = Right });
        await cluster.StartAsync();
        await using var load = await StreamLoad.StartAsync(cluster.Addresses, "secret");
        await RefusesAsync(cluster, load, new Dictionary<string, string> { [Secret] = "" }, "this process needs", "it proves nothing");
        await RefusesAsync(
            cluster, load, new Dictionary<string, string> { [Secret] = new('7', 32) }, "refuses this process's secret", "its secret is another one");
        await load.FinishAsync("rogues without the secret", reconnected: false);
    }

    [Fact]
    public async Task ClusterWithTls_RefusesRogues()
    {
        RedisServer.MustBeInstalled();
        using var authority = new TestAuthority();
        using var other = new TestAuthority("another authority");
        await using var cluster = new TestCluster(silos: 2, gateways: 2, more: authority.Issue().Settings(authority));
        await cluster.StartAsync();
        await using var load = await StreamLoad.StartAsync(cluster.Addresses, "tls");
        var none = authority.Issue().Settings(authority).ToDictionary(setting => setting.Key, _ => "");
        await RefusesAsync(cluster, load, none, "this process needs", "it proves nothing");
        await RefusesAsync(cluster, load, other.Issue().Settings(other), "its certificate is refused", "Refused a connection");

        // They would take any silo.
        var port = cluster.Silos[0].SiloPort;
        (await KnockingPeer.ShowAsync(port, authority.Issue().Load())).ShouldBe(Welcome);
        (await KnockingPeer.ShowAsync(port, null)).ShouldBeEmpty();
        (await KnockingPeer.ShowAsync(port, other.Issue().Load())).ShouldBeEmpty();
        (await KnockingPeer.ShowAsync(port, authority.IssueExpired().Load())).ShouldBeEmpty();
        (await KnockingPeer.ShowAsync(port, authority.Issue(asClient: false).Load())).ShouldBeEmpty();
        await load.FinishAsync("rogues without a certificate", reconnected: false);
    }

    [Fact]
    public async Task GatewaysThatEmbedSilos_JoinWithTls()
    {
        RedisServer.MustBeInstalled();
        using var authority = new TestAuthority();
        await using var cluster = new TestCluster(silos: 0, gateways: 2, embed: true, more: authority.Issue().Settings(authority));
        await cluster.StartAsync();
        await using var load = await StreamLoad.StartAsync(cluster.Addresses, "embedded");
        await load.FinishAsync("embedded silos with TLS", reconnected: false);
    }

    private static async Task RefusesAsync(
        TestCluster cluster, StreamLoad load, IReadOnlyDictionary<string, string> settings, string rogueSays, string siloSays)
    {
        await using var silo = cluster.NewSilo("a rogue silo", settings);
        await using var gateway = cluster.NewGateway("a rogue gateway", settings);
        var before = cluster.Silos.Sum(one => one.Said(siloSays));
        silo.Start();
        gateway.Start();
        foreach (ServerProcess rogue in new ServerProcess[] { silo, gateway })
        {
            await Until.TrueAsync(() => rogue.Said(rogueSays) > 0, what: $"{rogue.Name} says '{rogueSays}':\n{rogue.Output}");
        }

        await Until.TrueAsync(() => cluster.Silos.Sum(one => one.Said(siloSays)) > before, what: $"a silo says '{siloSays}':\n{cluster.Silos[0].Output}");
        await load.FlowsAsync();
        (await HealthProbe.ReadyAsync(silo.Address)).ShouldNotBe(200);
        (await HealthProbe.ReadyAsync(gateway.Address)).ShouldNotBe(200);
        cluster.All.ShouldAllBe(one => one.IsRunning);
    }
}
