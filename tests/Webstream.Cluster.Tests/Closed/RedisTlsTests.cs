using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Webstream.Cluster.Tests.Harness;
using Webstream.Cluster.Tests.Load;

namespace Webstream.Cluster.Tests.Closed;

/// <summary>Redis over TLS, with an authority of its own, certificates on both sides, and user and password from files.</summary>
[Collection(ClosedCluster.Name)]
public sealed class RedisTlsTests : IAsyncLifetime
{
    private const string Password = "a,password with=everything";

    private readonly TestAuthority ofRedis = new("authority of Redis");
    private readonly TestAuthority ofCluster = new("authority of the cluster");
    private readonly string folder = Directory.CreateTempSubdirectory("webstream-redis-tls-").FullName;
    private readonly int port = FreePort.Take();
    private RedisServer? redis;

    private string Address => string.Create(CultureInfo.InvariantCulture, $"rediss://localhost:{port}");

    public async ValueTask InitializeAsync()
    {
        RedisServer.MustBeInstalled();
        var server = ofRedis.Issue();
        redis = await RedisServer.StartAsync(
            null,
            "--tls-port", port.ToString(CultureInfo.InvariantCulture), "--tls-cert-file", server.Path, "--tls-key-file", server.KeyPath,
            "--tls-ca-cert-file", ofCluster.CaFile, "--tls-auth-clients", "yes");
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Password)));
        await redis.DoAsync($"ACL SETUSER ws on #{hash} ~* &* +@all");
        await redis.DoAsync("ACL SETUSER default -@all +acl +ping");
        await File.WriteAllTextAsync(Path.Combine(folder, "user"), "ws\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "password"), Password + "\n", TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (redis is not null)
        {
            await redis.DisposeAsync();
        }

        ofRedis.Dispose();
        ofCluster.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task SiloAndGateway_WithBothCertificates_PassMessages()
    {
        await using var cluster = new TestCluster(silos: 1, gateways: 1, redis: Address, more: Settings(ofRedis));
        await cluster.HealAsync();
        (await SinglePush.TryAsync(cluster.Addresses[0], "a")).Status.ShouldBe(200);
        cluster.All.ShouldAllBe(one => one.Said(Password) == 0);
    }

    [Fact]
    public async Task ARedisOfAnotherAuthority_IsSaid_AndWaitedFor()
    {
        await using var cluster = new TestCluster(silos: 1, gateways: 0, redis: Address, more: Settings(ofCluster));
        cluster.Silos[0].Start();
        await Until.TrueAsync(
            () => cluster.Silos[0].Said("whose certificate is refused: it was not issued by an authority of Webstream__Cluster__RedisCa") > 0,
            what: $"the silo says what is wrong:\n{cluster.Silos[0].Output}");
    }

    [Fact]
    public async Task FilesForTls_WithoutTls_RefuseTheStart()
    {
        await using var silo = new SiloProcess(
            "silo", FreePort.Take(), new Dictionary<string, string>(Settings(ofRedis)) { ["Webstream__Cluster__Redis"] = redis!.Address });
        silo.Start();
        (await silo.Process.ExitAsync()).ShouldBe(1);
        silo.Output.ShouldContain("Webstream__Cluster__Redis asks for none");
    }

    private Dictionary<string, string> Settings(TestAuthority trusted)
    {
        var own = ofCluster.Issue();
        return new()
        {
            ["Webstream__Cluster__RedisCa"] = trusted.CaFile,
            ["Webstream__Cluster__RedisCertificate"] = own.Path,
            ["Webstream__Cluster__RedisKey"] = own.KeyPath,
            ["Webstream__Cluster__RedisUserFile"] = Path.Combine(folder, "user"),
            ["Webstream__Cluster__RedisPasswordFile"] = Path.Combine(folder, "password"),
        };
    }
}
