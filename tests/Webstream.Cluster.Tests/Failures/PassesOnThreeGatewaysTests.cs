using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Webstream.Cluster.Tests.Harness;

namespace Webstream.Cluster.Tests.Failures;

/// <summary>
/// Sessions and tickets on three gateways of a cluster with a real Redis. The test is the balancer: it sends one request to each gateway in turn, and lets
/// the name stand by which the browser calls all of them.
/// </summary>
public sealed class PassesOnThreeGatewaysTests : IDisposable
{
    private const string SharedKey = "the-shared-key-of-the-tests";
    private const string Host = "localhost:8000";

    private readonly HttpClient client = new(new SocketsHttpHandler { UseCookies = false }) { Timeout = TimeSpan.FromMinutes(2) };
    private int turn;

    public void Dispose() => client.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Session_BegunOnOneGateway_CountsOnAll_AndEndsOnAllWithinFiveSeconds(bool embed)
    {
        RedisServer.MustBeInstalled();
        await using var cluster = NewCluster(embed);
        await cluster.StartAsync();
        var key = await MakeAsync(cluster, """{"name":"ci","publish":["*"],"subscribe":["*"]}""");
        var session = await LoginAsync(cluster, key);
        var other = await LoginAsync(cluster, key);
        for (var i = 0; i < 6; i++)
        {
            (await PushAsync(cluster, session)).ShouldBe(200);
        }

        var listeners = await ListenToAllAsync(cluster, session);
        (await StatusAsync(cluster, HttpMethod.Delete, "/api/session", session)).ShouldBe(200);
        await EndedWithinFiveSecondsAsync(listeners);
        foreach (var _ in cluster.Addresses)
        {
            (await PushAsync(cluster, session)).ShouldBe(401);
            (await PushAsync(cluster, other)).ShouldBe(200);
        }

        listeners = await ListenToAllAsync(cluster, other);
        (await StatusAsync(cluster, HttpMethod.Delete, $"/api/keys/{key.GetProperty("id")}", null)).ShouldBe(200);
        await EndedWithinFiveSecondsAsync(listeners);
        foreach (var _ in cluster.Addresses)
        {
            (await PushAsync(cluster, other)).ShouldBe(401);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ticket_AtOnceOnThreeGateways_LetsInOne_AndThenResumesOnEach(bool embed)
    {
        RedisServer.MustBeInstalled();
        await using var cluster = NewCluster(embed);
        await cluster.StartAsync();
        for (var round = 0; round < 5; round++)
        {
            using var made = await SendAsync(cluster, HttpMethod.Post, "/api/tickets", null, """{"stream":"s"}""");
            var address = $"/stream/s?ticket={(await made.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("ticket")}";
            var answers = await Task.WhenAll(cluster.Addresses.SelectMany(gateway => Enumerable.Range(0, 3).Select(_ => GetAsync(gateway, address, null))));
            answers.Select(answer => (int)answer.StatusCode).Order().ShouldBe([200, .. Enumerable.Repeat(401, 8)]);
            var reader = new SseReader(await answers.Single(answer => answer.IsSuccessStatusCode).Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
            string? id = null;
            while (id is null)
            {
                id = (await NextAsync(reader)).ShouldNotBeNull().Id;
            }

            Array.ForEach(answers, answer => answer.Dispose());

            foreach (var gateway in cluster.Addresses)
            {
                using var again = await GetAsync(gateway, address, id);
                ((int)again.StatusCode).ShouldBe(200);
            }
        }
    }

    private static TestCluster NewCluster(bool embed) => new(silos: embed ? 0 : 1, gateways: 3, embed: embed, more: new Dictionary<string, string>
    {
        ["WEBSTREAM_API_KEY"] = SharedKey,
        ["Webstream__Read"] = "key",
        ["Webstream__Write"] = "key",
    });

    private async Task<JsonElement> MakeAsync(TestCluster cluster, string body)
    {
        using var answer = await SendAsync(cluster, HttpMethod.Post, "/api/keys", null, body);
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task<string> LoginAsync(TestCluster cluster, JsonElement key)
    {
        using var answer = await SendAsync(cluster, HttpMethod.Post, "/api/session", null, null, key.GetProperty("key").GetString()!);
        ((int)answer.StatusCode).ShouldBe(200, await answer.Content.ReadAsStringAsync());
        return answer.Headers.GetValues("Set-Cookie").ShouldHaveSingleItem().Split(';')[0];
    }

    private Task<int> PushAsync(TestCluster cluster, string session) => StatusAsync(cluster, HttpMethod.Post, "/api/push", session, """{"message":"m"}""");

    private async Task<int> StatusAsync(TestCluster cluster, HttpMethod method, string path, string? session, string? body = null)
    {
        using var answer = await SendAsync(cluster, method, path, session, body);
        return (int)answer.StatusCode;
    }

    // Without a session it is by the shared key.
    private async Task<HttpResponseMessage> SendAsync(
        TestCluster cluster, HttpMethod method, string path, string? session, string? body, string key = SharedKey)
    {
        var gateway = cluster.Addresses[Interlocked.Increment(ref turn) % cluster.Addresses.Length];
        using var request = new HttpRequestMessage(method, new Uri(gateway, path));
        request.Headers.Host = Host;
        request.Headers.Add("Origin", $"http://{Host}");
        request.Headers.Add(session is null ? "X-API-Key" : "Cookie", session ?? key);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        return await client.SendAsync(request);
    }

    private async Task<HttpResponseMessage> GetAsync(Uri gateway, string path, string? id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway, path));
        request.Headers.Add("Origin", "https://elsewhere.example");
        if (id is not null)
        {
            request.Headers.Add("Last-Event-ID", id);
        }

        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private async Task<List<SseReader>> ListenToAllAsync(TestCluster cluster, string session)
    {
        var listeners = new List<SseReader>();
        foreach (var gateway in cluster.Addresses)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway, "/stream"));
            request.Headers.Host = Host;
            request.Headers.Add("Sec-Fetch-Site", "same-origin");
            request.Headers.Add("Cookie", session);
            var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            ((int)answer.StatusCode).ShouldBe(200);
            var reader = new SseReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
            while ((await NextAsync(reader)).ShouldNotBeNull().Data.StartsWith("Connected at ", StringComparison.Ordinal) == false)
            {
            }

            listeners.Add(reader);
        }

        return listeners;
    }

    private static async Task EndedWithinFiveSecondsAsync(List<SseReader> listeners)
    {
        var since = Stopwatch.StartNew();
        foreach (var listener in listeners)
        {
            (await NextAsync(listener)).ShouldNotBeNull().Type.ShouldBe("denied");
            (await NextAsync(listener)).ShouldBeNull();
        }

        since.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5));
    }

    private static Task<SseBlock?> NextAsync(SseReader reader) => reader.NextAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30));
}
