using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Memory;

/// <summary>
/// A gateway with the memory of a small container survives what callers can make it hold. Callers that have nothing to do with it lose nothing. More
/// attacks, and larger ones, are in <c>tests/scripts/abuse.sh</c>.
/// </summary>
public sealed partial class LittleMemoryTests : IAsyncDisposable
{
    // A container of 512 MB, of which the runtime takes three quarters.
    private const long Container = 536_870_912;
    private const long Limit = 402_653_184;

    private readonly List<Socket> attackers = [];

    [Fact]
    public async Task Gateway_WithAHeapLimit_LivesThroughReplaysThatNobodyReadsAndBodiesThatStall()
    {
        // The runtime reads the number as hexadecimal.
        await using var run = await GatewayRun.Start("--urls http://127.0.0.1:0", ("DOTNET_GCHeapHardLimit", "0x18000000")).UpAsync();

        await ShouldLiveThroughAsync(run.Addresses[0]);
    }

    [Fact]
    public async Task Gateway_InAControlGroup_LivesThroughReplaysThatNobodyReadsAndBodiesThatStall()
    {
        using var group = ControlGroup.Required(Container);
        await using var run = await GatewayRun.Start(group.Begin, "--urls http://127.0.0.1:0", null).UpAsync();

        await ShouldLiveThroughAsync(run.Addresses[0]);
    }

    public ValueTask DisposeAsync()
    {
        attackers.ForEach(attacker => attacker.Dispose());
        return default;
    }

    private async Task ShouldLiveThroughAsync(Uri gateway)
    {
        using var client = new HttpClient { BaseAddress = gateway, Timeout = TimeSpan.FromMinutes(2) };
        // A tenth of the limit, which shows that the limit is in force.
        (await MemoryAsync(client, "limit", "connections")).ShouldBe(Limit / 10);
        for (var i = 0; i < 40; i++)
        {
            await PushAsync(client, "big", string.Join('\n', Enumerable.Repeat($"{{\"message\":\"{new string('x', 1500)}\"}}", 160)), "application/x-ndjson");
        }

        await using var listener = await TestListener.ConnectAsync(new(gateway, "/stream/canary"));
        for (var wave = 0; wave < 10; wave++)
        {
            await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => AttackAsync(gateway, $"GET /stream/big?history=10000 HTTP/1.1\r\nHost: {gateway.Authority}\r\n\r\n")));
            await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => AttackAsync(
                gateway,
                $"POST /api/push HTTP/1.1\r\nHost: {gateway.Authority}\r\nContent-Type: application/x-ndjson\r\nContent-Length: 1835008\r\n\r\n{new string('x', 500_000)}")));
            await PushAsync(client, "canary", $"message {wave}", "text/plain");
            (await listener.NextAsync()).Data.ShouldEndWith($"] message {wave}");
        }

        (await MemoryAsync(client, "waiting", "replays")).ShouldBeGreaterThan(0);
        (await MemoryAsync(client, "refused", "bodies")).ShouldBeGreaterThan(0);
        foreach (var share in new[] { "bodies", "held", "replays", "frames" })
        {
            (await MemoryAsync(client, "used", share)).ShouldBeLessThanOrEqualTo(await MemoryAsync(client, "limit", share), share);
        }

        attackers.ForEach(attacker => attacker.Dispose());
        await Until.TrueAsync(async () => await MemoryAsync(client, "used", "bodies") + await MemoryAsync(client, "used", "held") + await MemoryAsync(client, "used", "replays") == 0);
        await PushAsync(client, "canary", "afterwards", "text/plain");
        (await listener.NextAsync()).Data.ShouldEndWith("] afterwards");
    }

    // Sends its request as far as the gateway takes it, and reads nothing.
    private async Task AttackAsync(Uri gateway, string request)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        lock (attackers)
        {
            attackers.Add(socket);
        }

        await socket.ConnectAsync(IPAddress.Loopback, gateway.Port);
        _ = socket.SendAsync(Encoding.ASCII.GetBytes(request));
    }

    private static async Task PushAsync(HttpClient client, string stream, string body, string contentType)
    {
        using var content = new StringContent(body, Encoding.UTF8, contentType);
        using var answer = await client.PostAsync($"/api/push?stream={stream}", content, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<long> MemoryAsync(HttpClient client, string what, string share)
    {
        var metrics = await client.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        return Metrics().Matches(metrics).Where(match => match.Groups["what"].Value == what && match.Groups["share"].Value == share)
            .Select(match => long.Parse(match.Groups["value"].ValueSpan, System.Globalization.CultureInfo.InvariantCulture)).ShouldHaveSingleItem();
    }

    [GeneratedRegex("^webstream_memory_(?<what>[a-z]+?)(_bytes|_total)?\\{[^}]*share=\"(?<share>[a-z]+)\"[^}]*\\} (?<value>[0-9]+)$", RegexOptions.Multiline)]
    private static partial Regex Metrics();
}
