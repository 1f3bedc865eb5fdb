using System.Text.Json;
using Webstream.Cluster.Tests.Disk;
using Webstream.Cluster.Tests.Harness;

namespace Webstream.Cluster.Tests.Failures;

/// <summary>A page from elsewhere resumes by the id that it was given, wherever and after whatever end of a process.</summary>
public sealed class SignedIdsTests : IDisposable
{
    private readonly HttpClient client = new() { Timeout = TimeSpan.FromMinutes(2) };

    public void Dispose() => client.Dispose();

    [Fact]
    public async Task Page_WhoseGatewayIsKilled_ResumesOnAnother()
    {
        RedisServer.MustBeInstalled();
        await using var cluster = new TestCluster(silos: 0, gateways: 2, embed: true);
        await cluster.StartAsync();
        await DiskGateway.PushAsync(cluster.Addresses[0], "before", "main", key: null);
        var id = await IdAsync(cluster.Addresses[0]);

        await cluster.Gateways[0].Process.KillAsync();
        await PushAsync(cluster.Addresses[1], "missed");

        await ExpectMissedAsync(cluster.Addresses[1], id);
        await cluster.HealAsync();
        await ExpectMissedAsync(cluster.Addresses[0], id);
    }

    [Fact]
    public async Task Page_OfAGatewayOnDisk_ResumesAfterItWasKilled()
    {
        await using var gateway = new DiskGateway();
        gateway.Server.Start();
        await gateway.Server.ReadyAsync();
        await gateway.PushAsync("before");
        var id = await IdAsync(gateway.Address);

        await gateway.PushAsync("missed");
        await gateway.Server.Process.KillAsync();
        gateway.Server.Start();
        await gateway.Server.ReadyAsync();

        await ExpectMissedAsync(gateway.Address, id);
    }

    // While the other gateway is given up, this one may refuse what it cannot judge or number yet. Nothing was pushed then.
    private Task<TimeSpan> PushAsync(Uri gateway, string text) => Until.TrueAsync(async () =>
    {
        using var content = new StringContent(text);
        using var answer = await client.PostAsync(new Uri(gateway, "/api/push"), content);
        ((int)answer.StatusCode).ShouldBeOneOf(200, 503);
        return (int)answer.StatusCode == 200;
    });

    private async Task<string> IdAsync(Uri gateway)
    {
        var reader = await ListenAsync(gateway, null);
        return (await ConnectedAsync(reader)).Id.ShouldNotBeNull();
    }

    private async Task ExpectMissedAsync(Uri gateway, string id)
    {
        var reader = await ListenAsync(gateway, id);
        await ConnectedAsync(reader);
        var verdict = (await NextAsync(reader)).ShouldNotBeNull();
        verdict.Type.ShouldBe("resume");
        using var json = JsonDocument.Parse(verdict.Data);
        json.RootElement.GetProperty("status").GetString().ShouldBe("recovered", verdict.Data);
        (await NextAsync(reader)).ShouldNotBeNull().Data.ShouldEndWith("missed");
    }

    private async Task<SseReader> ListenAsync(Uri gateway, string? id)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway, "/stream"));
        request.Headers.Add("Origin", "https://elsewhere.example");
        if (id is not null)
        {
            request.Headers.Add("Last-Event-ID", id);
        }

        var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        ((int)answer.StatusCode).ShouldBe(200);
        return new SseReader(await answer.Content.ReadAsStreamAsync());
    }

    private static async Task<SseBlock> ConnectedAsync(SseReader reader)
    {
        while (true)
        {
            if ((await NextAsync(reader)).ShouldNotBeNull() is var block && block.Data.StartsWith("Connected at ", StringComparison.Ordinal))
            {
                return block;
            }
        }
    }

    private static Task<SseBlock?> NextAsync(SseReader reader) => reader.NextAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30));
}
