using System.Globalization;
using Webstream.Cluster.Tests.Harness;
using Webstream.Cluster.Tests.Load;

namespace Webstream.Cluster.Tests.Starting;

/// <summary>A Redis at an address of IPv6 alone, and one whose name does not resolve yet.</summary>
public sealed class RedisAddressTests : IAsyncLifetime
{
    private const string Name = "redis-six.test";
    private const string Waits = $"Waiting for Redis at {Name}";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("webstream-names-");
    private readonly int port = FreePort.Take();
    private ChildProcess redis = null!;

    public async ValueTask InitializeAsync()
    {
        RedisServer.MustBeInstalled();
        Assert.SkipUnless(System.Net.Sockets.Socket.OSSupportsIPv6, "This machine has no IPv6.");
        redis = ChildProcess.Start(["redis-server", "--port", Number(port), "--bind", "::1", "--save", "", "--dir", folder.FullName], name: "redis");
        await Until.TrueAsync(() => redis.Said("Ready to accept connections") > 0 || redis.HasExited, what: "Redis starts");
        Assert.SkipWhen(redis.HasExited, "Redis cannot listen on ::1.");
    }

    public async ValueTask DisposeAsync()
    {
        if (redis is not null)
        {
            await redis.DisposeAsync();
        }

        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Processes_OnIPv6Alone_FindRedisAndEachOther()
    {
        await using var cluster = new TestCluster(silos: 2, gateways: 1, redis: $"[::1]:{Number(port)}");
        await using var embedded = new TestCluster(silos: 0, gateways: 2, redis: $"[::1]:{Number(port)}", embed: true);
        await Task.WhenAll(cluster.HealAsync(), embedded.HealAsync());
        foreach (var gateway in (Uri[])[.. cluster.Addresses, .. embedded.Addresses])
        {
            (await SinglePush.TryAsync(gateway, "six")).Status.ShouldBe(200);
        }
    }

    [Fact]
    public async Task Processes_WithANameThatDoesNotResolveYet_WaitForItAndTakeItsFamily()
    {
        var hosts = Path.Combine(folder.FullName, "hosts");
        await File.WriteAllTextAsync(hosts, "127.0.0.1 localhost\n", TestContext.Current.CancellationToken);
        await using var silo = Start("silo", Programs.Silo, out var siloAddress, hosts);
        await using var gateway = Start("gateway", Programs.Gateway, out var gatewayAddress, hosts, ("Webstream__Cluster__EmbedSilo", "true"));
        foreach (var waiting in (ChildProcess[])[silo, gateway])
        {
            await Until.TrueAsync(() => waiting.Said(Waits) > 0 || waiting.HasExited, what: $"{waiting.Name} waits");
            if (waiting.Said("unshare: ") > 0)
            {
                Needs.Missing("A mount namespace cannot be made here");
            }

            waiting.HasExited.ShouldBeFalse(waiting.Text);
        }

        // In the same file: the processes have that mounted.
        await File.AppendAllTextAsync(hosts, $"::1 {Name}\n", TestContext.Current.CancellationToken);

        foreach (var (process, address) in new[] { (silo, siloAddress), (gateway, gatewayAddress) })
        {
            await Until.EqualAsync(
                async () => process.HasExited || await HealthProbe.ReadyAsync(address) == 200, true, $"{process.Name} is ready. It said:\n{process.Text}");
            process.HasExited.ShouldBeFalse(process.Text);
            process.Said(Waits).ShouldBe(1, process.Text);
        }

        (await SinglePush.TryAsync(gatewayAddress, "six")).Status.ShouldBe(200);
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    // In a mount namespace of its own, in which /etc/hosts is another file.
    private ChildProcess Start(string name, IReadOnlyList<string> program, out Uri address, string hosts, params (string Key, string Value)[] more)
    {
        address = new($"http://127.0.0.1:{Number(FreePort.Take())}");
        string[] own = Environment.UserName == "root" ? [] : ["--map-root-user"];
        return ChildProcess.Start(
            [
                Needs.Program("util-linux", "unshare"),
                .. own, "--mount", "--propagation", "private", "sh", "-c", "mount --bind \"$0\" /etc/hosts && exec \"$@\"", hosts,
                .. program, "--urls", address.GetLeftPart(UriPartial.Authority),
            ],
            [
                .. more,
                ("Webstream__Cluster__Redis", $"{Name}:{Number(port)}"),
                ("Webstream__Cluster__SiloPort", "0"),
                ("Webstream__Cluster__GatewayPort", "0"),
            ],
            name: name);
    }
}
