using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Limits;

/// <summary>
/// The limits of a gateway behind a trusted proxy, a real one. The proxy names as the caller whom the test says: many callers, none of this machine.
/// </summary>
public sealed class LimitsOverHttpTests(LimitsOverHttpTests.Fixture fixture) : IClassFixture<LimitsOverHttpTests.Fixture>
{
    private const string Admin = "the-shared-key-of-the-tests";

    private readonly string stream = TestStream.New();
    private readonly string caller = $"203.0.113.{Interlocked.Increment(ref callers)}";

    private static int callers;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public sealed class Fixture : IAsyncLifetime
    {
        private ProxyProgram? proxy;

        internal TestGateway Gateway { get; private set; } = null!;

        internal HttpClient Client { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Gateway = await TestGateway.StartAsync(
                ("Webstream:Write", "open"), ("Webstream:TrustedProxies", "127.0.0.1"), ("Webstream:ApiKey", Admin),
                // So little comes back that a slow machine does not matter.
                ("Webstream:Limits:NewStreamsPerMinute", "2"), ("Webstream:Limits:Listeners", "2"), ("Webstream:Limits:WrongKeysPerMinute", "3"));
            proxy = await ProxyProgram.NginxAsync(
                $"location / {{ proxy_pass http://{Gateway.Address.Authority}; proxy_set_header X-Forwarded-For $http_x_test_caller; proxy_buffering off; }}");
            Client = new() { BaseAddress = proxy.Address };
        }

        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            await (proxy?.DisposeAsync() ?? default);
            await Gateway.DisposeAsync();
        }
    }

    [Fact]
    public async Task NewStreams_BeyondTheLimit_AreRefused_AndPushesToStreamsThatAreThereAreNot()
    {
        // Begun by somebody else.
        await fixture.Gateway.PushAsync("there", $"{stream}.there");
        (await PushAsync("a")).ShouldBe(HttpStatusCode.OK);
        for (var i = 0; i < 5; i++)
        {
            (await PushAsync("there")).ShouldBe(HttpStatusCode.OK);
            (await PushAsync("a")).ShouldBe(HttpStatusCode.OK);
        }

        (await PushAsync("b")).ShouldBe(HttpStatusCode.OK);

        using var refused = await SendAsync(HttpMethod.Post, $"/api/push?stream={stream}.c", "text");
        (await refused.ProblemAsync(429)).ShouldStartWith(
            $"The address {caller} may begin 2 streams a minute at this gateway (Webstream__Limits__NewStreamsPerMinute). Nothing was pushed.");
        refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds.ShouldBeInRange(1, 30);
        (await PushAsync("a")).ShouldBe(HttpStatusCode.OK);
        (await PushAsync("there")).ShouldBe(HttpStatusCode.OK);
        // A tool says when to try again.
        using var told = await CallAsync($$"""{"name":"push_stream","arguments":{"message":"text","stream":"{{stream}}.d"} }""");
        (await told.Content.ReadAsStringAsync(Stop)).ShouldContain("seconds before the next try");
        // Another caller is not hurt, and one of this machine has no such limit.
        (await PushAsync("c", from: "203.0.113.250")).ShouldBe(HttpStatusCode.OK);
        foreach (var name in (string[])["d", "e", "f", "g"])
        {
            await fixture.Gateway.PushAsync("text", $"{stream}.{name}");
        }
    }

    [Fact]
    public async Task Listeners_BeyondTheLimit_AreRefusedUntilOneGoes()
    {
        using var first = await ListenAsync();
        using var second = await ListenAsync();
        (first.StatusCode, second.StatusCode).ShouldBe((HttpStatusCode.OK, HttpStatusCode.OK));

        using (var third = await ListenAsync())
        {
            (await third.ProblemAsync(429)).ShouldStartWith($"The address {caller} may have 2 listeners at this gateway (Webstream__Limits__Listeners).");
            third.Headers.RetryAfter.ShouldNotBeNull();
        }

        using var other = await ListenAsync("203.0.113.251");
        other.StatusCode.ShouldBe(HttpStatusCode.OK);

        first.Dispose();
        await Until.TrueAsync(async () =>
        {
            using var again = await ListenAsync();
            return again.StatusCode == HttpStatusCode.OK;
        });
    }

    [Fact]
    public async Task WrongKeys_AreAskedToComeLater_AndARightKeyOfTheSameAddressIsLetIn()
    {
        for (var i = 0; i < 3; i++)
        {
            using var wrong = await SendAsync(HttpMethod.Get, "/api/keys", key: $"guess-{i}");
            (await wrong.ProblemAsync(401)).ShouldContain("The key is wrong");
        }

        using var fourth = await SendAsync(HttpMethod.Get, "/api/keys", key: "guess-3");
        (await fourth.ProblemAsync(429)).ShouldContain($"the address {caller} has sent more than 3 wrong keys a minute (Webstream__Limits__WrongKeysPerMinute)");
        fourth.Headers.RetryAfter.ShouldNotBeNull();
        // Of the form of a named key, at every endpoint that refuses it.
        using var named = await SendAsync(HttpMethod.Delete, "/api/keys/0123456789abcdef", key: $"wsk_0123456789abcdef_{new string('0', 64)}");
        named.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);

        using var right = await SendAsync(HttpMethod.Get, "/api/keys", key: Admin);
        right.StatusCode.ShouldBe(HttpStatusCode.OK);
        // What is open is open to the address.
        (await PushAsync("a")).ShouldBe(HttpStatusCode.OK);
        using var elsewhere = await SendAsync(HttpMethod.Get, "/api/keys", key: "guess-4", from: "203.0.113.252");
        elsewhere.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Key_WithItsOwnLimits_IsHeldToThem_WhereverItComesFrom()
    {
        using var made = await SendAsync(
            HttpMethod.Post,
            "/api/keys",
            $$"""{"name":"{{stream}}","publish":["*"],"subscribe":["*"],"limits":{"newStreamsPerMinute":3,"listeners":1} }""",
            Admin);
        var key = (await Task.FromResult(made).OkAsync()).GetProperty("key").GetString()!;

        foreach (var name in (string[])["a", "b", "c"])
        {
            (await PushAsync(name, key, $"2001:db8::{name}")).ShouldBe(HttpStatusCode.OK);
        }

        using var refused = await SendAsync(HttpMethod.Post, $"/api/push?stream={stream}.d", "text", key, "198.51.100.9");
        (await refused.ProblemAsync(429)).ShouldStartWith($"The key {stream} may begin 3 streams a minute at this gateway (newStreamsPerMinute of the key's limits).");
        using var first = await ListenAsync(key: key);
        using var second = await ListenAsync("198.51.100.9", key);
        (first.StatusCode, second.StatusCode).ShouldBe((HttpStatusCode.OK, HttpStatusCode.TooManyRequests));
        // The same address without the key is another caller.
        (await PushAsync("d", from: "198.51.100.9")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Metrics_CountEachLimit_AndNameNobody()
    {
        using (await ListenAsync())
        using (await ListenAsync())
        using (var third = await ListenAsync())
        {
            third.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        }

        // Not /metrics: that shows the meters of all gateways of this process.
        using var refused = new MetricCollector<long>(
            fixture.Gateway.Service<IMeterFactory>(), GatewayMetrics.MeterName, "webstream.limits.refused");
        refused.RecordObservableInstruments();
        var counts = refused.GetMeasurementSnapshot();
        counts.Select(one => string.Join(",", one.Tags.Keys)).ShouldAllBe(tags => tags == "limit");
        counts.Single(one => (string?)one.Tags["limit"] == "listeners").Value.ShouldBePositive();
        counts.Single(one => (string?)one.Tags["limit"] == "bytes").Value.ShouldBe(0);
    }

    private async Task<HttpStatusCode> PushAsync(string name, string? key = null, string? from = null)
    {
        using var answer = await SendAsync(HttpMethod.Post, $"/api/push?stream={stream}.{name}", "text", key, from);
        return answer.StatusCode;
    }

    private Task<HttpResponseMessage> ListenAsync(string? from = null, string? key = null) => SendAsync(HttpMethod.Get, $"/stream/{stream}", null, key, from);

    private Task<HttpResponseMessage> CallAsync(string call) => SendAsync(
        HttpMethod.Post, "/mcp", $$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{call}}}""", Admin, isTool: true);

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, string? body = null, string? key = null, string? from = null, bool isTool = false)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = body is null ? null
            : new StringContent(body, Encoding.UTF8, isTool || path == "/api/keys" ? "application/json" : "text/plain");
        request.Headers.Add("X-Test-Caller", from ?? caller);
        if (key is not null && !isTool)
        {
            request.Headers.Add("X-API-Key", key);
        }

        return await fixture.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
    }
}
