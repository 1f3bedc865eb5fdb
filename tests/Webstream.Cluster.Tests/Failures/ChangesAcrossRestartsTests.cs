using System.Text;
using System.Text.Json;
using Webstream.Cluster.Tests.Disk;
using Webstream.Cluster.Tests.Harness;

namespace Webstream.Cluster.Tests.Failures;

/// <summary>Settings, a close and a deletion: on two gateways with Redis, and on one with its history on disk, across restarts.</summary>
public sealed class ChangesAcrossRestartsTests : IDisposable
{
    private readonly HttpClient client = new();

    public ChangesAcrossRestartsTests() => client.DefaultRequestHeaders.Add("X-API-Key", "secret-of-the-tests");

    public void Dispose() => client.Dispose();

    [Fact]
    public async Task Changes_OnOneGateway_HoldOnTheOtherAndAfterRestarts()
    {
        RedisServer.MustBeInstalled();
        await using var cluster = new TestCluster(
            silos: 0, gateways: 2, embed: true, more: new Dictionary<string, string> { ["WEBSTREAM_API_KEY"] = "secret-of-the-tests" });
        await cluster.StartAsync();
        await HoldAsync(cluster.Addresses[0], cluster.Addresses[1], async () =>
        {
            foreach (var gateway in cluster.Gateways)
            {
                gateway.Process.Terminate();
                await gateway.Process.ExitAsync();
                await cluster.HealAsync();
            }
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Changes_OnOneGatewayWithItsHistoryOnDisk_HoldAfterAnEndAndAKill(bool kill)
    {
        await using var gateway = new DiskGateway(("WEBSTREAM_API_KEY", "secret-of-the-tests"));
        await gateway.Server.StartReadyAsync();
        await HoldAsync(gateway.Address, gateway.Address, async () =>
        {
            if (kill)
            {
                await gateway.Server.Process.KillAsync();
            }
            else
            {
                gateway.Server.Process.Terminate();
                await gateway.Server.Process.ExitAsync();
            }

            await gateway.Server.StartReadyAsync();
        });
    }

    private async Task HoldAsync(Uri one, Uri other, Func<Task> restart)
    {
        await SendAsync(HttpMethod.Put, one, "/api/streams/kept/settings", """{"retainedMessages":2,"description":"across"}""");
        for (var i = 1; i <= 3; i++)
        {
            await PushAsync(other, "kept", $"{i}");
            await PushAsync(other, "closed", $"{i}");
            await PushAsync(other, "gone", $"{i}");
        }

        using var listener = await ListenAsync(other, "closed", null);
        (await listener.ReadLineAsync("data: Connected at ")).ShouldNotBeNull();
        var end = (await SendAsync(HttpMethod.Post, one, "/api/streams/closed/close")).GetProperty("id").GetString()!;
        (await listener.ReadLineAsync("event: end")).ShouldNotBeNull();
        (await listener.ReadLineAsync($"id: {end}")).ShouldNotBeNull();
        (await listener.RestAsync()).Trim().ShouldBeEmpty();

        var old = (await GetAsync(one, "/api/streams/gone")).GetProperty("head").GetString()!;
        using var witness = await ListenAsync(other, "gone", old);
        (await witness.ReadLineAsync("event: resume")).ShouldNotBeNull();
        await SendAsync(HttpMethod.Delete, one, "/api/streams/gone");
        (await witness.ReadLineAsync("data: {\"status\":\"reset\"")).ShouldNotBeNull().ShouldContain("\"reason\":\"deleted\"");
        await PushAsync(one, "gone", "new");
        (await witness.ReadLineAsync("data: [")).ShouldNotBeNull().ShouldEndWith("] new");

        await restart();
        foreach (var address in (Uri[])[one, other])
        {
            (await GetAsync(address, "/api/streams/kept/settings")).ToString().ShouldContain("\"retainedMessages\":2,");
            (await GetAsync(address, "/api/streams/kept/messages")).GetProperty("messages").GetArrayLength().ShouldBe(2);
            (await GetAsync(address, "/api/streams/closed")).GetProperty("ended").GetBoolean().ShouldBeTrue();
            (await SendAsync(HttpMethod.Post, address, "/api/streams/closed/close")).GetProperty("id").GetString().ShouldBe(end);
            (await StatusAsync(HttpMethod.Post, address, "/api/push?stream=closed", "more")).ShouldBe(409);
            // Nobody knows how soon the owner answers after a restart: until it does, a listener gets the end once more.
            await Until.EqualAsync(() => StatusAsync(HttpMethod.Get, address, $"/stream/closed?lastEventId={end}"), 204);
            using var back = await ListenAsync(address, "gone", old);
            (await back.ReadLineAsync("data: {\"status\":\"reset\"")).ShouldNotBeNull().ShouldContain("\"reason\":\"deleted\"");
        }
    }

    private async Task<JsonElement> GetAsync(Uri gateway, string path) => Parse(await client.GetStringAsync(new Uri(gateway, path)));

    private async Task PushAsync(Uri gateway, string stream, string text) =>
        (await StatusAsync(HttpMethod.Post, gateway, $"/api/push?stream={stream}", text)).ShouldBe(200);

    private async Task<int> StatusAsync(HttpMethod method, Uri gateway, string path, string? text = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(gateway, path));
        request.Content = text is null ? null : new StringContent(text, Encoding.UTF8, "text/plain");
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return (int)answer.StatusCode;
    }

    private async Task<JsonElement> SendAsync(HttpMethod method, Uri gateway, string path, string? json = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(gateway, path));
        request.Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        ((int)answer.StatusCode).ShouldBe(200, text);
        return Parse(text);
    }

    private async Task<Lines> ListenAsync(Uri gateway, string stream, string? lastEventId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway, $"/stream/{stream}"));
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        ((int)answer.StatusCode).ShouldBe(200);
        return new(answer, new(await answer.Content.ReadAsStreamAsync()));
    }

    private static JsonElement Parse(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    private sealed class Lines(HttpResponseMessage answer, StreamReader reader) : IDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

        /// <summary>The next line that begins so; none when the stream ends before it.</summary>
        public async Task<string?> ReadLineAsync(string beginning)
        {
            while (await reader.ReadLineAsync().WaitAsync(Patience) is { } line)
            {
                if (line.StartsWith(beginning, StringComparison.Ordinal))
                {
                    return line;
                }
            }

            return null;
        }

        /// <summary>What comes until the end of the stream.</summary>
        public Task<string> RestAsync() => reader.ReadToEndAsync().WaitAsync(Patience);

        public void Dispose()
        {
            reader.Dispose();
            answer.Dispose();
        }
    }
}
