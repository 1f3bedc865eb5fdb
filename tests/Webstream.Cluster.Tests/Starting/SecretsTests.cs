using System.Globalization;
using Webstream.Cluster.Tests.Harness;
using Webstream.Cluster.Tests.Load;

namespace Webstream.Cluster.Tests.Starting;

/// <summary>No output of silos and gateways has a piece of the password of Redis. Every secret here contains the same piece.</summary>
public sealed class SecretsTests : IAsyncLifetime
{
    private const string Piece = "s3cret";

    private readonly RedisServer redis = new("everysec");

    public async ValueTask InitializeAsync()
    {
        RedisServer.MustBeInstalled();
        await redis.RunAsync();
    }

    public ValueTask DisposeAsync() => redis.DisposeAsync();

    [Theory]
    [InlineData("{0},password=a,s3cret=c d")]
    [InlineData("{0},password=abcd,s3cret")]
    [InlineData("{0},user=nobody,password=s3cret")]
    [InlineData("{0},s3cret")]
    [InlineData(":s3cret@{0}")]
    [InlineData("user:s3cret@host")]
    [InlineData("redis://user:s3cret@{0}")]
    [InlineData("rediss://s3cret@{0}")]
    [InlineData("redis://user:s3/s3cret@{0}")]
    public async Task Processes_WithASecretThatDoesNotWorkHere_EndWithOneLineWithoutIt(string setting)
    {
        var settings = new Dictionary<string, string>
        {
            ["Webstream__Cluster__Redis"] = string.Format(CultureInfo.InvariantCulture, setting, redis.Address),
        };
        await using var silo = new SiloProcess("silo", FreePort.Take(), settings);
        await using var gateway = new GatewayProcess("gateway", settings);
        await using var embedded = new GatewayProcess(
            "gateway with a silo", new Dictionary<string, string>(settings) { ["Webstream__Cluster__EmbedSilo"] = "true" });
        ServerProcess[] all = [silo, gateway, embedded];
        Array.ForEach(all, one => one.Start());
        foreach (var one in all)
        {
            (await one.Process.ExitAsync()).ShouldBe(1, one.Name);
            var line = one.Output.Split('\n').ShouldHaveSingleItem();
            line.ShouldNotContain(Piece);
            line.ShouldContain("Webstream__Cluster__RedisPassword");
        }
    }

    [Theory]
    [InlineData("s3cret,with=comma\"'%25s3cret", true)]
    [InlineData("s3cret,s3cret:1,password=s3cret", false)]
    public async Task Processes_ThatWorkWithASecret_NeverTellIt(string password, bool file)
    {
        await redis.DoAsync($"ACL SETUSER ws on >{password} ~* &* +@all");
        var folder = Directory.CreateTempSubdirectory("webstream-secret-");
        var path = Path.Combine(folder.FullName, "password");
        await File.WriteAllTextAsync(path, password + "\n", TestContext.Current.CancellationToken);
        var more = new Dictionary<string, string>
        {
            ["Webstream__Cluster__RedisUser"] = "ws",
            [file ? "Webstream__Cluster__RedisPasswordFile" : "Webstream__Cluster__RedisPassword"] = file ? path : password,
            ["Logging__LogLevel__Default"] = "Trace",
            ["Logging__LogLevel__Orleans"] = "Trace",
            ["Logging__LogLevel__Webstream"] = "Trace",
            ["Webstream__Write"] = "open",
        };
        await using var apart = new TestCluster(silos: 1, gateways: 1, redis: redis.Address, more: more);
        await using var embedded = new TestCluster(silos: 0, gateways: 1, redis: redis.Address, embed: true, more: more);
        await Task.WhenAll(apart.HealAsync(), embedded.HealAsync());
        ServerProcess[] all = [.. apart.All, .. embedded.All];
        (await SinglePush.TryAsync(apart.Addresses[0], "a")).Status.ShouldBe(200);
        (await SinglePush.TryAsync(embedded.Addresses[0], "a")).Status.ShouldBe(200);

        var said = await AskAllAsync(all);
        // From now on every new connection is refused.
        await redis.DoAsync("ACL SETUSER ws resetpass >other");
        await redis.DoAsync("CLIENT KILL USER ws");
        said += await AskAllAsync(all);
        said += (await SinglePush.PushAsync(apart.Addresses[0], "a", "x")).Error + (await SinglePush.PushAsync(embedded.Addresses[0], "b", "x")).Error;
        foreach (var one in all)
        {
            one.Process.HasExited.ShouldBeFalse(one.Name);
            one.Output.Length.ShouldBeGreaterThan(1000, "it says everything that it can");
            // Not the whole output: that would be printed.
            one.Said(Piece).ShouldBe(0, $"{one.Name}: {one.Output.Split('\n').FirstOrDefault(line => line.Contains(Piece, StringComparison.Ordinal))}");
        }

        said.ShouldNotContain(Piece);
        folder.Delete(recursive: true);
    }

    private static async Task<string> AskAllAsync(ServerProcess[] all)
    {
        var said = "";
        foreach (var one in all)
        {
            foreach (var path in (string[])["/health/live", "/health/ready", "/health/write", "/metrics", "/api/info", "/api/streams"])
            {
                said += (await HealthProbe.AskAsync(one.Address, path)).Text;
            }
        }

        return said;
    }
}
