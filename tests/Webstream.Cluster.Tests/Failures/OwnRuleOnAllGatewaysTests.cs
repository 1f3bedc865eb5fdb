using System.Diagnostics;
using System.Text;
using Webstream.Cluster.Tests.Harness;

namespace Webstream.Cluster.Tests.Failures;

/// <summary>The rule of a stream on three gateways of a cluster with a real Redis: set on one, kept on all, and after a restart.</summary>
public sealed class OwnRuleOnAllGatewaysTests : IDisposable
{
    private const string SharedKey = "the-shared-key-of-the-tests";

    private readonly HttpClient client = new() { Timeout = TimeSpan.FromMinutes(2) };

    public void Dispose() => client.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stream_ClosedOnOneGateway_EndsItsListenersOnAllWithinFiveSeconds_AndStaysClosedAfterARestart(bool embed)
    {
        RedisServer.MustBeInstalled();
        await using var cluster = new TestCluster(silos: embed ? 0 : 1, gateways: 3, embed: embed, more: new Dictionary<string, string>
        {
            ["WEBSTREAM_API_KEY"] = SharedKey,
        });
        await cluster.StartAsync();
        await SendAsync(HttpMethod.Post, cluster.Addresses[0], "/api/push?stream=mine", SharedKey, "secret", 200);
        var listeners = new List<(SseReader Nobody, SseReader WithKey)>();
        foreach (var gateway in cluster.Addresses)
        {
            listeners.Add((await ListenAsync(gateway, null), await ListenAsync(gateway, SharedKey)));
        }

        await PutAsync(cluster.Addresses[2], """{"read":"key","listed":false}""");
        var since = Stopwatch.StartNew();
        foreach (var (nobody, _) in listeners)
        {
            (await NextAsync(nobody)).ShouldNotBeNull().Type.ShouldBe("denied");
            (await NextAsync(nobody)).ShouldBeNull();
        }

        since.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5));
        await SendAsync(HttpMethod.Post, cluster.Addresses[1], "/api/push?stream=mine", SharedKey, "goes on", 200);
        foreach (var (_, withKey) in listeners)
        {
            (await NextAsync(withKey)).ShouldNotBeNull().Data.ShouldEndWith("goes on");
        }

        await IsClosedAsync(cluster);
        await cluster.Gateways[0].Process.KillAsync();
        await cluster.HealAsync();
        await IsClosedAsync(cluster);

        await PutAsync(cluster.Addresses[0], """{"read":null,"listed":null}""");
        await SendAsync(HttpMethod.Get, cluster.Addresses[0], "/api/streams/mine/messages", null, null, 200);
    }

    private async Task IsClosedAsync(TestCluster cluster)
    {
        foreach (var gateway in cluster.Addresses)
        {
            await SendAsync(HttpMethod.Get, gateway, "/stream/mine", null, null, 401);
            await SendAsync(HttpMethod.Get, gateway, "/api/streams/mine/messages", null, null, 401);
            (await SendAsync(HttpMethod.Get, gateway, "/api/streams", null, null, 200)).ShouldNotContain("mine");
            (await SendAsync(HttpMethod.Get, gateway, "/api/streams/mine/messages", SharedKey, null, 200)).ShouldContain("secret");
        }
    }

    private async Task PutAsync(Uri gateway, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(gateway, "/api/streams/mine/settings")) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("X-API-Key", SharedKey);
        using var answer = await client.SendAsync(request);
        ((int)answer.StatusCode).ShouldBe(200, await answer.Content.ReadAsStringAsync());
    }

    private async Task<string> SendAsync(HttpMethod method, Uri gateway, string path, string? key, string? text, int status)
    {
        using var request = new HttpRequestMessage(method, new Uri(gateway, path)) { Content = text is null ? null : new StringContent(text) };
        if (key is not null)
        {
            request.Headers.Add("X-API-Key", key);
        }

        using var answer = await client.SendAsync(request);
        var body = await answer.Content.ReadAsStringAsync();
        ((int)answer.StatusCode).ShouldBe(status, body);
        return body;
    }

    private async Task<SseReader> ListenAsync(Uri gateway, string? key)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway, "/stream/mine"));
        if (key is not null)
        {
            request.Headers.Add("Authorization", $"Bearer {key}");
        }

        var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        ((int)answer.StatusCode).ShouldBe(200);
        var reader = new SseReader(await answer.Content.ReadAsStreamAsync());
        while ((await NextAsync(reader)).ShouldNotBeNull().Data.StartsWith("Connected at ", StringComparison.Ordinal) == false)
        {
        }

        return reader;
    }

    private static Task<SseBlock?> NextAsync(SseReader reader) => reader.NextAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30));
}
