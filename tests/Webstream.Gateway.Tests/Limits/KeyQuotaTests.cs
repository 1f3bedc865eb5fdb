using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Webstream.Gateway.Tests.Hosting;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Limits;

/// <summary>What the streams of a key may hold, over HTTP: what is refused, what is told, and what makes room again.</summary>
public sealed class KeyQuotaTests(KeyQuotaTests.Fixture fixture) : IClassFixture<KeyQuotaTests.Fixture>
{
    private static readonly (string, string) Admin = ("X-API-Key", "the-shared-key-of-the-tests");

    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    // A message has the name of its key as its source.
    private int One => MessageSize.Overhead + "text".Length + stream.Length;

    public sealed class Fixture() : GatewayFixture(("Webstream:ApiKey", "the-shared-key-of-the-tests"), ("Webstream:Write", "key"));

    [Fact]
    public async Task Streams_BeyondTheQuota_AreRefusedWithTheReason_UntilOneIsDeleted()
    {
        var key = await KeyAsync("""{"streams":2}""");
        await PushAsync("a", key).OkAsync();
        await PushAsync("b", key).OkAsync();
        var before = Refused("key_streams");

        using (var refused = await PushAsync("c", key))
        {
            (await refused.ProblemAsync(429)).ShouldStartWith(
                $"The key {stream} may have 2 streams with messages in the cluster (streams of the key's limits). Nothing was pushed.");
            refused.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromMinutes(1));
        }

        (Refused("key_streams") - before).ShouldBe(1);
        (await RetainedAsync("c")).ShouldBe(0);
        // Its streams go on, and others are not hurt.
        await PushAsync("a", key).OkAsync();
        await PushAsync("c", Admin.Item2).OkAsync();
        (await UsedAsync()).ShouldBe((2, 3 * One));

        await gateway.SendAsync(HttpMethod.Delete, $"/api/streams/{stream}.a", Admin).OkAsync();
        await PushAsync("d", key).OkAsync();
        await PushAsync("e", key).ProblemAsync(429);
        (await UsedAsync()).ShouldBe((2, 2 * One));
    }

    [Fact]
    public async Task Bytes_BeyondTheQuota_AreRefusedWithTheReason_UntilTheStreamRetainsLess()
    {
        var key = await KeyAsync($$"""{"bytes":{{3 * One}}}""");
        await PushAsync("a", key).OkAsync();
        await PushAsync("a", key).OkAsync();
        await PushAsync("b", key).OkAsync();
        var before = Refused("key_bytes");

        (await PushAsync("a", key).ProblemAsync(429)).ShouldStartWith(
            $"The streams that the key {stream} began may retain {3 * One} bytes together in the cluster (bytes of the key's limits)");
        // Another caller learns no name.
        var told = await PushAsync("a", Admin.Item2).ProblemAsync(429);
        told.ShouldStartWith("This stream was begun with another key, whose streams may not retain more");
        told.ShouldNotContain(stream);
        (Refused("key_bytes") - before).ShouldBe(2);
        (await RetainedAsync("a")).ShouldBe(2);

        using var body = new StringContent("""{"retainedMessages":1}""", Encoding.UTF8, "application/json");
        using var settings = new HttpRequestMessage(HttpMethod.Put, $"/api/streams/{stream}.a/settings") { Content = body };
        settings.Headers.Add(Admin.Item1, Admin.Item2);
        await gateway.Client.SendAsync(settings, TestContext.Current.CancellationToken).OkAsync();
        await PushAsync("b", key).OkAsync();
        await PushAsync("b", key).ProblemAsync(429);
    }

    [Fact]
    public async Task Quota_OfAName_HoldsForAllItsKeys()
    {
        var first = await KeyAsync("""{"streams":1}""");
        var rotated = await KeyAsync("""{"streams":1}""");
        await PushAsync("a", first).OkAsync();

        await PushAsync("b", rotated).ProblemAsync(429);
        // A third key of the name may have more.
        await PushAsync("b", await KeyAsync("""{"streams":2}""")).OkAsync();
        // Streams that were begun before there was a quota count.
        await PushAsync("c", await KeyAsync("{}")).OkAsync();
        (await UsedAsync()).ShouldBe((3, 3 * One));
    }

    [Fact]
    public async Task Push_WithATool_IsToldTheReason()
    {
        var key = await KeyAsync("""{"streams":1}""");
        await PushAsync("a", key).OkAsync();

        using var answer = await gateway.PostAsync(
            "/mcp",
            $$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"push_stream","arguments":{"message":"text","stream":"{{stream}}.b"} } }""",
            "application/json",
            ("X-API-Key", key), ("Accept", "application/json, text/event-stream"));

        (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("may have 1 stream with messages in the cluster");
    }

    private async Task<string> KeyAsync(string limits) =>
        (await gateway.PostAsync("/api/keys", $$"""{"name":"{{stream}}","publish":["*"],"limits":{{limits}} }""", "application/json", Admin).OkAsync())
            .GetProperty("key").GetString()!;

    private Task<HttpResponseMessage> PushAsync(string name, string key) =>
        gateway.PostAsync($"/api/push?stream={stream}.{name}", "text", "text/plain", ("X-API-Key", key));

    private async Task<int> RetainedAsync(string name) =>
        (await gateway.SendAsync(HttpMethod.Get, $"/api/streams/{stream}.{name}", Admin).OkAsync()).GetProperty("retained").GetInt32();

    private async Task<(long Streams, long Bytes)> UsedAsync()
    {
        var list = await gateway.SendAsync(HttpMethod.Get, "/api/keys", Admin).OkAsync();
        var used = list.GetProperty("keys").EnumerateArray().First(one => one.GetProperty("name").GetString() == stream).GetProperty("used");
        return (used.GetProperty("streams").GetInt64(), used.GetProperty("bytes").GetInt64());
    }

    private long Refused(string limit)
    {
        using var refused = new MetricCollector<long>(gateway.Service<IMeterFactory>(), GatewayMetrics.MeterName, "webstream.limits.refused");
        refused.RecordObservableInstruments();
        return refused.GetMeasurementSnapshot().Last(one => (string?)one.Tags["limit"] == limit).Value;
    }
}
