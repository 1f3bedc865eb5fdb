using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Webstream.Cluster.Tests.Harness;

namespace Webstream.Cluster.Tests.Failures;

/// <summary>Keys on three gateways of a cluster with a real Redis: made on one, used on all, revoked on another, and Redis away.</summary>
public sealed class RevokedKeyTests : IDisposable
{
    private const string SharedKey = "the-shared-key-of-the-tests";

    private readonly HttpClient client = new() { Timeout = TimeSpan.FromMinutes(2) };

    public void Dispose() => client.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Key_RevokedOnOneGateway_EndsItsListenersOnAllWithinFiveSeconds_AndIsKnownAfterARestart(bool embed)
    {
        RedisServer.MustBeInstalled();
        await using var cluster = NewCluster(embed);
        await cluster.StartAsync();
        var revoked = await MakeAsync(cluster.Addresses[0], """{"name":"ci","subscribe":["*"],"publish":["*"]}""");
        var kept = await MakeAsync(cluster.Addresses[1], """{"name":"ci","subscribe":["*"],"publish":["*"]}""");
        revoked.GetProperty("persistent").GetBoolean().ShouldBeTrue();

        var listeners = new List<(SseReader Ends, SseReader Stays)>();
        foreach (var gateway in cluster.Addresses)
        {
            // Made a moment ago on another gateway.
            listeners.Add((await ListenAsync(gateway, KeyOf(revoked)), await ListenAsync(gateway, KeyOf(kept))));
        }

        await SendAsync(HttpMethod.Delete, cluster.Addresses[2], $"/api/keys/{revoked.GetProperty("id")}", SharedKey, null, 200);
        var since = Stopwatch.StartNew();
        foreach (var (ends, _) in listeners)
        {
            (await NextAsync(ends)).ShouldNotBeNull().Type.ShouldBe("denied");
            (await NextAsync(ends)).ShouldBeNull();
        }

        since.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5));
        await SendAsync(HttpMethod.Post, cluster.Addresses[0], "/api/push", KeyOf(kept), "goes on", 200);
        foreach (var (_, stays) in listeners)
        {
            (await NextAsync(stays)).ShouldNotBeNull().Data.ShouldEndWith("goes on");
        }

        foreach (var gateway in cluster.Addresses)
        {
            await SendAsync(HttpMethod.Post, gateway, "/api/push", KeyOf(revoked), "no more", 401);
        }

        await cluster.Gateways[0].Process.KillAsync();
        await cluster.HealAsync();
        await SendAsync(HttpMethod.Post, cluster.Addresses[0], "/api/push", KeyOf(kept), "still", 200);
        await SendAsync(HttpMethod.Post, cluster.Addresses[0], "/api/push", KeyOf(revoked), "no more", 401);
    }

    private static TestCluster NewCluster(bool embed) => new(silos: embed ? 0 : 1, gateways: 3, embed: embed, more: new Dictionary<string, string>
    {
        ["WEBSTREAM_API_KEY"] = SharedKey,
        ["Webstream__Read"] = "key",
        ["Webstream__Write"] = "key",
    });

    private async Task<JsonElement> MakeAsync(Uri gateway, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway, "/api/keys")) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("X-API-Key", SharedKey);
        using var answer = await client.SendAsync(request);
        answer.StatusCode.ShouldBe(System.Net.HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task SendAsync(HttpMethod method, Uri gateway, string path, string key, string? text, int status)
    {
        using var request = new HttpRequestMessage(method, new Uri(gateway, path)) { Content = text is null ? null : new StringContent(text) };
        request.Headers.Add("X-API-Key", key);
        using var answer = await client.SendAsync(request);
        ((int)answer.StatusCode).ShouldBe(status, await answer.Content.ReadAsStringAsync());
    }

    private async Task<SseReader> ListenAsync(Uri gateway, string key)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway, "/stream"));
        request.Headers.Add("Authorization", $"Bearer {key}");
        var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        ((int)answer.StatusCode).ShouldBe(200);
        var reader = new SseReader(await answer.Content.ReadAsStreamAsync());
        while ((await NextAsync(reader)).ShouldNotBeNull().Data.StartsWith("Connected at ", StringComparison.Ordinal) == false)
        {
        }

        return reader;
    }

    private static Task<SseBlock?> NextAsync(SseReader reader) => reader.NextAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30));

    private static string KeyOf(JsonElement made) => made.GetProperty("key").GetString()!;
}
