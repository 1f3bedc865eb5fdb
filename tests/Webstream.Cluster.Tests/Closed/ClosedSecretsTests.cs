using System.Globalization;
using Webstream.Cluster.Tests.Harness;
using Webstream.Cluster.Tests.Load;

namespace Webstream.Cluster.Tests.Closed;

/// <summary>No output of silos and gateways has the cluster's secret or a key, whatever they log and whoever knocks.</summary>
[Collection(ClosedCluster.Name)]
public sealed class ClosedSecretsTests
{
    private const string Piece = "s3cretpiece";

    [Fact]
    public async Task ProcessesThatSayEverything_SayNoSecret()
    {
        using var authority = new TestAuthority();
        using var folder = new Folder();
        var file = authority.Issue();
        await File.WriteAllTextAsync(folder.Secret, $"{Piece}-{new string('x', 32)}\n", TestContext.Current.CancellationToken);
        var settings = new Dictionary<string, string>(file.Settings(authority))
        {
            ["Webstream__Cluster__SecretFile"] = folder.Secret,
            ["Webstream__Cluster__Protection"] = "use",
            ["Webstream__Cluster__GatewayPort"] = FreePort.Take().ToString(CultureInfo.InvariantCulture),
            ["Logging__LogLevel__Default"] = "Trace",
            ["Logging__LogLevel__Orleans"] = "Trace",
            ["Logging__LogLevel__Webstream"] = "Trace",
        };
        var silos = new Dictionary<string, string>(settings) { ["Webstream__Cluster__Silos"] = $"127.0.0.1:{settings["Webstream__Cluster__GatewayPort"]}" };
        await using var silo = new SiloProcess("silo", FreePort.Take(), settings);
        await using var tls = new GatewayProcess("gateway with TLS", silos);
        await using var secret = new GatewayProcess(
            "gateway with the secret", new Dictionary<string, string>(silos) { ["Webstream__Cluster__Protection"] = "accept" });
        var wrong = new Dictionary<string, string>(silos) { ["Webstream__Cluster__Secret"] = $"{Piece}-{new string('y', 32)}" };
        foreach (var name in (string[])["SecretFile", "Protection", "Certificate", "Key", "Ca"])
        {
            wrong[$"Webstream__Cluster__{name}"] = "";
        }

        wrong["Webstream__Cluster__Protection"] = "require";
        await using var rogue = new GatewayProcess("rogue", wrong);
        await silo.StartReadyAsync();
        await Task.WhenAll(tls.StartReadyAsync(), secret.StartReadyAsync());
        rogue.Start();
        (await SinglePush.TryAsync(tls.Address, "a")).Status.ShouldBe(200);
        (await SinglePush.TryAsync(secret.Address, "a")).Status.ShouldBe(200);
        await Until.TrueAsync(() => rogue.Said("refuses this process's secret") > 0, what: "the rogue is refused");

        var key = (await File.ReadAllLinesAsync(file.KeyPath, TestContext.Current.CancellationToken))[1];
        foreach (var one in (ServerProcess[])[silo, tls, secret, rogue])
        {
            one.Said(" Orleans.").ShouldBeGreaterThan(0, $"{one.Name} says everything that it can; it said:\n{one.Output}");
            one.Said(Piece).ShouldBe(0, one.Name);
            one.Said(key).ShouldBe(0, one.Name);
            var line = string.Create(CultureInfo.InvariantCulture, $"/proc/{one.Process.Id}/cmdline");
            (await File.ReadAllTextAsync(line, TestContext.Current.CancellationToken)).ShouldNotContain(Piece);
        }
    }

    private sealed class Folder : IDisposable
    {
        private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("webstream-secret-");

        public string Secret => Path.Combine(folder.FullName, "secret");

        public void Dispose() => folder.Delete(recursive: true);
    }
}
