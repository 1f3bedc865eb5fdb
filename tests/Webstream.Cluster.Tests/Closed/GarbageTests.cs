using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using Webstream.Cluster.Tests.Harness;
using Webstream.Cluster.Tests.Load;

namespace Webstream.Cluster.Tests.Closed;

/// <summary>Whoever only reaches the ports of a silo can hold few connections for a short time, and keeps nobody out.</summary>
[Collection(ClosedCluster.Name)]
public sealed class GarbageTests : IAsyncLifetime
{
    /// <summary>The bound of the product, and the one that its backlog may hold.</summary>
    private const int Bound = 256;

    private readonly int gatewayPort = FreePort.Take();
    private readonly SiloProcess silo;
    private readonly GatewayProcess gateway;
    private readonly GatewayProcess later;

    public GarbageTests()
    {
        var settings = new Dictionary<string, string>
        {
            ["Webstream__Cluster__Secret"] = "0123456789abcdef0123456789abcdef",
            ["Webstream__Cluster__GatewayPort"] = gatewayPort.ToString(CultureInfo.InvariantCulture),
        };
        silo = new("silo", FreePort.Take(), settings);
        settings["Webstream__Cluster__Silos"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{gatewayPort}");
        gateway = new("gateway", settings);
        later = new("later gateway", settings);
    }

    private int[] Ports => [silo.SiloPort, gatewayPort];

    public async ValueTask InitializeAsync()
    {
        await silo.StartReadyAsync();
        await gateway.StartReadyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await later.DisposeAsync();
        await gateway.DisposeAsync();
        await silo.DisposeAsync();
    }

    [Fact]
    public async Task BytesThatMeanNothing_EndTheConnection()
    {
        foreach (var port in Ports)
        {
            for (var seed = 0; seed < 50; seed++)
            {
                var bytes = new byte[64 * 1024];
                new Random(seed).NextBytes(bytes);
                (await KnockingPeer.SendAsync(port, bytes)).ShouldBe(0, $"seed {seed}");
            }

            // A preamble of Orleans, a longer one than it reads, and the greetings of the cluster with what does not belong there.
            (await KnockingPeer.SendAsync(port, (byte[])[3, 0, 0, 0, 1, 2, 3])).ShouldBe(0);
            (await KnockingPeer.SendAsync(port, (byte[])[1, 4, 0, 0, 1, 2, 3])).ShouldBe(0);
            (await KnockingPeer.SendAsync(port, (byte[])[.. "WSC1"u8, 9, .. RandomNumberGenerator.GetBytes(32)])).ShouldBe(37, "it names another port");
            (await KnockingPeer.SendAsync(port, (byte[])[0x16, 3, 1, 2, 0, .. RandomNumberGenerator.GetBytes(512)])).ShouldBeLessThan(16, "an alert at most");
        }

        (await SinglePush.TryAsync(gateway.Address, "a")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task SilentAndSlowConnections_GiveWay_AndKeepNobodyOut()
    {
        var before = silo.Process.ResidentBytes;
        var slow = Stopwatch.StartNew();
        using var drip = await KnockingPeer.ConnectAsync(gatewayPort);
        var dripping = DripAsync(drip);
        var silent = new List<TcpClient>();
        for (var i = 0; i < 3 * Bound; i++)
        {
            silent.AddRange(await KnockingPeer.ConnectAsync(silo.SiloPort), await KnockingPeer.ConnectAsync(gatewayPort));
        }

        // Those that came too much have ended, while the others still hold all places. One more gateway comes in at once.
        await Task.WhenAll(silent.Take(2 * Bound).Select(KnockingPeer.EndAsync));
        await later.StartReadyAsync();
        (await SinglePush.TryAsync(later.Address, "a")).Status.ShouldBe(200);
        (await SinglePush.TryAsync(gateway.Address, "a")).Status.ShouldBe(200);

        await Task.WhenAll(silent.Select(KnockingPeer.EndAsync));
        await dripping;
        slow.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(40));
        (silo.Process.ResidentBytes - before).ShouldBeLessThan(64 * 1024 * 1024);
        silo.Said("connections had not shown").ShouldBeGreaterThan(0);
        silent.ForEach(one => one.Dispose());
    }

    // A greeting whose end never comes, byte by byte.
    private static async Task DripAsync(TcpClient client)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(400));
        var end = KnockingPeer.EndAsync(client);
        byte[] greeting = [.. "WSC1"u8, 2, .. new byte[31]];
        for (var i = 0; i < greeting.Length && !end.IsCompleted; i++)
        {
            try
            {
                await client.GetStream().WriteAsync(greeting.AsMemory(i, 1), TestContext.Current.CancellationToken);
            }
            catch (IOException)
            {
                break;
            }

            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        (await end).ShouldBe(0);
    }
}
