using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>A gateway with the memory of a container of 512 MB. Its clients try to use up that memory.</summary>
public sealed class SmallMemoryTests
{
    // The runtime reads this as hexadecimal: 384 MiB, which is what it takes of 512.
    private const string HeapLimit = "0x18000000";
    private const long Bytes = 402_653_184;

    private const int Attackers = 420;
    private const double MaxAfter = 1.3;

    [Theory]
    [InlineData("/api/assistant")]
    [InlineData("/api/streams/x/messages?wait=45")]
    public async Task Gateway_WhoseClientsSayAMegabyteBehindARequestThatLasts_GoesOnAndGivesTheMemoryBack(string path)
    {
        await using var run = await GatewayRun.Start("--urls http://127.0.0.1:0", ("DOTNET_GCHeapHardLimit", HeapLimit)).UpAsync();
        var address = run.Addresses[0];
        using var client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };
        // All shares follow the limit: this one is a tenth of it.
        var metrics = await client.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        ValueOf(metrics, "webstream_memory_limit_bytes", "share=\"connections\"").ShouldBe((long)(Bytes * 0.10));
        using var listener = await RawConnection.ConnectAsync(address);
        await listener.SendAsync($"GET /stream HTTP/1.1\r\nHost: {address.Authority}\r\n\r\n");
        await listener.UntilAsync("Connected at");
        for (var i = 0; i < 50; i++)
        {
            await PushAsync(client, $"before {i}.");
        }

        var before = run.Resident;
        var attackers = Enumerable.Range(0, Attackers).Select(_ => new Socket(SocketType.Stream, ProtocolType.Tcp)).ToArray();
        var attacking = Task.WhenAll(attackers.Select(attacker => TalkAsync(attacker, address, path)));
        for (var i = 0; !attacking.IsCompleted; i++)
        {
            await PushAsync(client, $"during {i}.");
        }

        run.HasEnded.ShouldBeFalse();
        foreach (var attacker in attackers)
        {
            attacker.Dispose();
        }

        await PushAsync(client, "after.");
        await listener.UntilAsync("] after.");
        (await client.GetStringAsync("/health/ready", TestContext.Current.CancellationToken)).ShouldBe("Healthy");
        run.Output.ShouldAllBe(line => !line.Contains("OutOfMemory", StringComparison.Ordinal));
        await Until.TrueAsync(() => run.Resident <= before * MaxAfter);
    }

    // Sends as much as the gateway takes, until the gateway cuts the connection or some seconds have passed.
    private static async Task TalkAsync(Socket attacker, Uri address, string path)
    {
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await attacker.ConnectAsync(address.Host, address.Port, enough.Token);
            await attacker.SendAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {address.Authority}\r\n\r\n"), enough.Token);
            for (var sent = 0; sent < 1_040_000;)
            {
                sent += await attacker.SendAsync(new byte[16 * 1024], enough.Token);
            }
        }
        catch (Exception end) when (end is SocketException or OperationCanceledException)
        {
            // The gateway does not take it, or cut the connection.
        }
    }

    private static async Task PushAsync(HttpClient client, string message)
    {
        using var body = new StringContent(message, new MediaTypeHeaderValue("text/plain"));
        using var answer = await client.PostAsync("/api/push", body, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static long ValueOf(string metrics, string name, string label) => long.Parse(
        metrics.Split('\n').First(line => line.StartsWith(name, StringComparison.Ordinal) && line.Contains(label, StringComparison.Ordinal)).Split(' ')[1],
        CultureInfo.InvariantCulture);
}
