using System.Net.Http.Json;
using System.Text.Json;
using Webstream.Cluster.Tests.Harness;
using Webstream.Cluster.Tests.Load;

namespace Webstream.Cluster.Tests.Failures;

/// <summary>A silo on a machine whose clock is wrong by more than the retention.</summary>
public sealed class WrongClockTests
{
    private const int Pushed = 101;
    private const string Stream = "clocks";

    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(20) };

    [Theory]
    [InlineData("+25h", "25 hours ahead of")]
    [InlineData("-25h", "25 hours behind")]
    public async Task SiloWithAWrongClock_TakesOverAndIsTakenOverFrom_NothingIsErased(string wrong, string said)
    {
        RedisServer.MustBeInstalled();
        var faketime = Needs.File("libfaketime", "/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib/faketime/libfaketimeMT.so.1");
        var settings = new Dictionary<string, string>
        {
            ["Webstream__Cluster__Name"] = $"test-{Guid.NewGuid():N}",
            ["Webstream__Log__Retention"] = "1.00:00:00",
        };
        await using var cluster = new TestCluster(silos: 1, gateways: 1, more: settings);
        await cluster.StartAsync();
        var (right, gateway) = (cluster.Silos[0], cluster.Addresses[0]);
        for (var i = 0; i < Pushed; i++)
        {
            (await SinglePush.TryAsync(gateway, Stream)).Status.ShouldBe(200);
        }

        await using var skewed = new SiloProcess("silo with a wrong clock", FreePort.Take(), new Dictionary<string, string>(settings)
        {
            ["Webstream__Cluster__Redis"] = cluster.Redis.Address,
            ["Webstream__Cluster__GatewayPort"] = "0",
            ["LD_PRELOAD"] = faketime,
            ["FAKETIME"] = wrong,
            ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
            ["DONT_FAKE_MONOTONIC"] = "1",
        });
        await skewed.StartReadyAsync();
        skewed.Said($"The clock of this machine is {said} the clock of Redis").ShouldBe(1, skewed.Output);

        await right.Process.KillAsync();
        await PushedAsync(gateway);
        await KeptAsync(gateway, Pushed + 1);

        // A silo with the right time can join it, and stays.
        await right.StartReadyAsync();
        right.Said("The clock of this machine").ShouldBe(0, right.Output);
        await PushedAsync(gateway);
        await skewed.Process.KillAsync();
        await PushedAsync(gateway);
        await KeptAsync(gateway, Pushed + 3);
        right.IsRunning.ShouldBeTrue(right.Output);
    }

    private static async Task PushedAsync(Uri gateway) =>
        await Until.EqualAsync(async () => (await SinglePush.TryAsync(gateway, Stream)).Status, 200, "a push goes in");

    // Refused tries push nothing, but a try whose outcome is not known may be in.
    private static async Task KeptAsync(Uri gateway, int least)
    {
        var page = await Http.GetFromJsonAsync<JsonElement>(new Uri(gateway, $"/api/streams/{Stream}/messages?limit=1000"));
        var messages = page.GetProperty("messages").EnumerateArray().ToArray();
        messages[0].GetProperty("id").GetString().ShouldEndWith("-1", Case.Sensitive, "the oldest message is gone");
        messages.Length.ShouldBeGreaterThanOrEqualTo(least);
        var times = Array.ConvertAll(messages, message => message.GetProperty("timestamp").GetDateTimeOffset());
        times.SequenceEqual(times.Order()).ShouldBeTrue("a timestamp goes back");
        times[^1].ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
    }
}
