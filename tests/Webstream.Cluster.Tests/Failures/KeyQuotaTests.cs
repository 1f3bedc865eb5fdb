using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Webstream.Cluster.Tests.Harness;

namespace Webstream.Cluster.Tests.Failures;

/// <summary>What the streams of a key may hold, over three gateways of a cluster with a real Redis: reached at once on all, kept over a kill, recovered.</summary>
public sealed class KeyQuotaTests : IDisposable
{
    private const string SharedKey = "the-shared-key-of-the-tests";
    private const int MostStreams = 12;

    private readonly HttpClient client = new() { Timeout = TimeSpan.FromMinutes(2) };

    public void Dispose() => client.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Quota_ReachedOverThreeGateways_HoldsUntilAStreamIsDeleted(bool embed)
    {
        RedisServer.MustBeInstalled();
        await using var cluster = new TestCluster(silos: embed ? 0 : 2, gateways: 3, embed: embed, more: new Dictionary<string, string>
        {
            ["WEBSTREAM_API_KEY"] = SharedKey,
            ["Webstream__Write"] = "key",
        });
        await cluster.StartAsync();
        var made = await AskAsync(
            HttpMethod.Post, cluster.Addresses[0], "/api/keys", SharedKey, $$"""{"name":"ci","publish":["*"],"limits":{"streams":{{MostStreams}},"bytes":20000} }""", "application/json");
        var key = made.Body.GetProperty("key").GetString()!;

        // All at once, on all gateways, more than it may begin.
        var answers = await Task.WhenAll(Enumerable.Range(0, 3 * MostStreams).Select(async i =>
            (Stream: $"s{i}", Answer: await PushAsync(cluster.Addresses[i % 3], $"s{i}", key, "text"))));
        answers.Count(one => one.Answer.Status == 200).ShouldBe(MostStreams, string.Join('\n', answers.Select(one => one.Answer.ToString())));
        answers.Where(one => one.Answer.Status != 200).ShouldAllBe(one =>
            one.Answer.Status == 429 && one.Answer.Error.StartsWith($"The key ci may have {MostStreams} streams with messages in the cluster"));
        var begun = answers.Where(one => one.Answer.Status == 200).Select(one => one.Stream).ToArray();
        (await UsedAsync(cluster.Addresses[1])).GetProperty("streams").GetInt32().ShouldBe(MostStreams);

        // The owners of some streams are gone, and the next ones know what counts.
        await (embed ? cluster.Gateways[2].Process : cluster.Silos[0].Process).KillAsync();
        await cluster.HealAsync();
        foreach (var gateway in cluster.Addresses)
        {
            (await PushAsync(gateway, $"more{gateway.Port}", key, "text")).Status.ShouldBe(429);
        }

        (await PushAsync(cluster.Addresses[2], begun[0], key, "goes on")).Status.ShouldBe(200);

        // The bytes of all its streams together.
        var text = new string('x', 5000);
        var pushed = 0;
        for (var i = 0; i < 6; i++)
        {
            pushed += (await PushAsync(cluster.Addresses[i % 3], begun[i], key, text)).Status == 200 ? 1 : 0;
        }

        pushed.ShouldBe(3);
        var refused = await PushAsync(cluster.Addresses[0], begun[1], key, text);
        (refused.Status, refused.Error[..33]).ShouldBe((429, "The streams that the key ci began"));

        // A deletion on one gateway makes room on the others: a stream, and its bytes.
        (await AskAsync(HttpMethod.Delete, cluster.Addresses[1], $"/api/streams/{begun[0]}", SharedKey, null, "")).Status.ShouldBe(200);
        (await PushAsync(cluster.Addresses[2], "begun-later", key, text)).Status.ShouldBe(200);
        (await PushAsync(cluster.Addresses[0], "begun-too-late", key, "text")).Status.ShouldBe(429);
        (await UsedAsync(cluster.Addresses[0])).GetProperty("bytes").GetInt64().ShouldBeLessThanOrEqualTo(20000);
    }

    private async Task<JsonElement> UsedAsync(Uri gateway)
    {
        var list = await AskAsync(HttpMethod.Get, gateway, "/api/keys", SharedKey, null, "");
        return list.Body.GetProperty("keys").EnumerateArray().Single().GetProperty("used");
    }

    // As a pusher does whose push may be in, or whose stream has no owner for a moment.
    private async Task<Answer> PushAsync(Uri gateway, string stream, string key, string message)
    {
        var body = JsonSerializer.Serialize(new { message, stream, idempotencyKey = Guid.NewGuid().ToString("N") });
        while (true)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            if (await AskAsync(HttpMethod.Post, gateway, "/api/push", key, body, "application/json") is { Status: not (503 or 504) } answer)
            {
                return answer;
            }
        }
    }

    private async Task<Answer> AskAsync(HttpMethod method, Uri gateway, string path, string key, string? body, string type)
    {
        using var request = new HttpRequestMessage(method, new Uri(gateway, path)) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, type) };
        request.Headers.Add("X-API-Key", key);
        using var answer = await client.SendAsync(request);
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return new((int)answer.StatusCode, json.TryGetProperty("error", out var error) ? error.GetString()! : "", json);
    }

    private sealed record Answer(int Status, string Error, JsonElement Body);
}
