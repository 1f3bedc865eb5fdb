using Webstream.Cluster.Tests.Harness;
using Webstream.Cluster.Tests.Load;

namespace Webstream.Cluster.Tests.Closed;

/// <summary>A running cluster changes over to a secret, and from there to TLS, by restarts one after the other, without losing a message.</summary>
[Collection(ClosedCluster.Name)]
public sealed class ChangeOverTests
{
    private const string Protection = "Webstream__Cluster__Protection";

    private static readonly Dictionary<string, string> Secret = new() { ["Webstream__Cluster__Secret"] = "0123456789abcdef0123456789abcdef" };

    [Fact]
    public async Task FromNothingToASecret()
    {
        RedisServer.MustBeInstalled();
        await using var cluster = new TestCluster(silos: 2, gateways: 2);
        await ChangeAsync(cluster, Secret, "to a secret");
    }

    [Fact]
    public async Task FromASecretToTls()
    {
        RedisServer.MustBeInstalled();
        using var authority = new TestAuthority();
        await using var cluster = new TestCluster(silos: 2, gateways: 2, more: Secret);
        await ChangeAsync(cluster, authority.Issue().Settings(authority), "from a secret to TLS");
    }

    private static async Task ChangeAsync(TestCluster cluster, IReadOnlyDictionary<string, string> to, string name)
    {
        await cluster.StartAsync();
        await using var load = await StreamLoad.StartAsync(cluster.Addresses, "change");
        foreach (var stage in (string[])["accept", "use", "require"])
        {
            foreach (var server in cluster.All)
            {
                foreach (var (setting, value) in to)
                {
                    server.Set(setting, value);
                }

                server.Set(Protection, stage);
                (await server.Process.TerminateAsync()).ShouldBe(0, $"{server.Name} ended properly:\n{server.Output}");
                await server.StartReadyAsync();
                await load.FlowsAsync();
            }
        }

        foreach (var server in cluster.All)
        {
            server.Said("Refused a connection").ShouldBe(0, server.Output);
            server.Said("Cannot use the silo").ShouldBe(0, server.Output);
        }

        await load.FinishAsync(name, reconnected: true);
    }
}
