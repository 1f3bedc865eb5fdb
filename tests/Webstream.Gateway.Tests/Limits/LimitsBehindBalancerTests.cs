using System.Diagnostics;
using System.Net;
using System.Text;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Limits;

/// <summary>
/// Three gateways behind a balancer that they trust, and that sends each request to the next one. The balancer names as the caller whom the test
/// says. Each gateway counts for itself. What comes back with time comes so slowly that a slow machine does not matter.
/// </summary>
public sealed class LimitsBehindBalancerTests(LimitsBehindBalancerTests.Fixture fixture) : IClassFixture<LimitsBehindBalancerTests.Fixture>
{
    private const string Admin = "the-shared-key-of-the-tests";
    private const int Gateways = 3;


    private readonly string stream = TestStream.New();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public sealed class Fixture : IAsyncLifetime
    {
        private readonly List<TestGateway> gateways = [];
        private TestSilo? silo;
        private ProxyProgram? balancer;

        internal HttpClient Client { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            silo = await TestSilo.StartAsync();
            for (var i = 0; i < Gateways; i++)
            {
                gateways.Add(await TestGateway.StartAsync(
                [
                    .. silo.SettingsOf($"limits-{i}"),
                    ("Webstream:Write", "open"), ("Webstream:TrustedProxies", "127.0.0.1"), ("Webstream:ApiKey", Admin),
                    ("Webstream:Limits:MessagesPerSecond", "1"), ("Webstream:Limits:NewStreamsPerMinute", "2"),
                    ("Webstream:Limits:Listeners", "2"), ("Webstream:Limits:WrongKeysPerMinute", "3"),
                ]));
            }

            balancer = await ProxyProgram.HaproxyAsync(
                "http-request set-header X-Forwarded-For %[req.hdr(X-Test-Caller)]", [.. gateways.Select(gateway => gateway.Address)]);
            Client = new() { BaseAddress = balancer.Address };
        }

        public async ValueTask DisposeAsync()
        {
            Client?.Dispose();
            await (balancer?.DisposeAsync() ?? default);
            foreach (var gateway in gateways)
            {
                await gateway.DisposeAsync();
            }

            await (silo?.DisposeAsync() ?? default);
        }
    }

    [Fact]
    public async Task NoisyCaller_IsRefusedAtEachGateway_AndNobodyElseIsHurt()
    {
        // A batch for each gateway is the caller's messages for the next four minutes.
        await Until.TrueAsync(async () => await StatusAsync("2001:db8:1:2::1", BatchOf(256), "application/x-ndjson") == HttpStatusCode.TooManyRequests);
        for (var i = 0; i < Gateways; i++)
        {
            // Another address of the same customer, and a single message.
            using var refused = await SendAsync(HttpMethod.Post, $"/api/push?stream={stream}", "2001:db8:1:2::3", "text", "text/plain");
            (await refused.ProblemAsync(429)).ShouldStartWith("The address 2001:db8:1:2::/64 may push 1 messages a second at this gateway (Webstream__Limits__MessagesPerSecond).");
            refused.Headers.RetryAfter.ShouldNotBeNull();
        }

        for (var i = 0; i < 50; i++)
        {
            (await StatusAsync($"198.51.100.{i}", "text")).ShouldBe(HttpStatusCode.OK);
        }

        (await StatusAsync("2001:db8:1:3::1", "text")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Caller_WhoWaits_IsServedAgain()
    {
        // Eight seconds at each gateway.
        await Until.TrueAsync(async () => await StatusAsync("203.0.113.1", BatchOf(8), "application/x-ndjson") == HttpStatusCode.TooManyRequests);

        await Until.TrueAsync(async () => await StatusAsync("203.0.113.1", "text") == HttpStatusCode.OK);
    }

    [Fact]
    public async Task NewStreams_OfOneCaller_AreAsManyAsTheGatewaysAllow()
    {
        for (var i = 0; i < 40; i++)
        {
            // Forty callers.
            using var answer = await SendAsync(HttpMethod.Post, $"/api/push?stream={stream}.{i}", $"2001:db8:5:{i:x}::1", "text", "text/plain");
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        // One caller, from forty addresses.
        var key = await KeyAsync(""" "publish":["*"],"limits":{"messagesPerSecond":1000000} """);
        var clock = Stopwatch.StartNew();
        var taken = 0;
        for (var i = 0; i < 40; i++)
        {
            using var answer = await SendAsync(HttpMethod.Post, $"/api/push?stream={stream}.k{i}", $"203.0.113.{i}", "text", "text/plain", key);
            taken += answer.StatusCode == HttpStatusCode.OK ? 1 : 0;
        }

        // Of these streams each gateway knows a third.
        for (var i = 0; i < 2 * Gateways; i++)
        {
            using var answer = await SendAsync(HttpMethod.Post, $"/api/push?stream={stream}.0", "203.0.113.1", "text", "text/plain", key);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        taken.ShouldBeInRange(2 * Gateways, (int)(Gateways * (2 + Math.Ceiling(clock.Elapsed.TotalSeconds / 30))));
    }

    [Fact]
    public async Task Listeners_OfOneCaller_AreAsManyAsTheGatewaysAllow_AndAPlaceComesBack()
    {
        var open = new List<HttpResponseMessage>();
        for (var i = 0; i < 4 * Gateways; i++)
        {
            open.Add(await SendAsync(HttpMethod.Get, $"/stream/{stream}", "203.0.113.3"));
        }

        open.Count(answer => answer.StatusCode == HttpStatusCode.OK).ShouldBe(2 * Gateways);
        open.Count(answer => answer.StatusCode == HttpStatusCode.TooManyRequests).ShouldBe(2 * Gateways);
        using var other = await SendAsync(HttpMethod.Get, $"/stream/{stream}", "203.0.113.4");
        other.StatusCode.ShouldBe(HttpStatusCode.OK);

        open.ForEach(answer => answer.Dispose());

        await Until.TrueAsync(async () =>
        {
            using var again = await SendAsync(HttpMethod.Get, $"/stream/{stream}", "203.0.113.3");
            return again.StatusCode == HttpStatusCode.OK;
        });
    }

    [Fact]
    public async Task WrongKeys_AreAskedToComeLater_AndTheRightOneIsLetInAtEachGateway()
    {
        await Until.TrueAsync(async () => await KeysStatusAsync("203.0.113.5", "guess") == HttpStatusCode.TooManyRequests);

        for (var i = 0; i < Gateways; i++)
        {
            (await KeysStatusAsync("203.0.113.5", Admin)).ShouldBe(HttpStatusCode.OK);
        }

        (await KeysStatusAsync("203.0.113.6", "guess")).ShouldBe(HttpStatusCode.Unauthorized);
    }

    private static string BatchOf(int count) => string.Concat(Enumerable.Range(0, count).Select(i => $$"""{"message":"{{i}}"}""" + "\n"));

    private async Task<string> KeyAsync(string members)
    {
        using var made = await SendAsync(HttpMethod.Post, "/api/keys", "203.0.113.9", $$"""{"name":"{{stream}}",{{members}} }""", "application/json", Admin);
        return (await Task.FromResult(made).OkAsync()).GetProperty("key").GetString()!;
    }

    private async Task<HttpStatusCode> KeysStatusAsync(string from, string key)
    {
        using var answer = await SendAsync(HttpMethod.Get, "/api/keys", from, key: key);
        return answer.StatusCode;
    }

    private async Task<HttpStatusCode> StatusAsync(string from, string body, string type = "text/plain")
    {
        using var answer = await SendAsync(HttpMethod.Post, $"/api/push?stream={stream}", from, body, type);
        return answer.StatusCode;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string from, string? body = null, string type = "", string? key = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, type);
        request.Headers.Add("X-Test-Caller", from);
        if (key is not null)
        {
            request.Headers.Add("X-API-Key", key);
        }

        return await fixture.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
    }
}
