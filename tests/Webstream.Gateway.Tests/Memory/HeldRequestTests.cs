using System.Net;
using Webstream.Gateway.Memory;
using Webstream.Gateway.Tests.Hosting;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Memory;

/// <summary>Requests that are held beyond their share of the memory.</summary>
public sealed class HeldRequestTests
{
    private const string Refusal =
        "The gateway holds as many requests open as its memory allows (Webstream__Memory__Held). Ask again later, or another gateway.";

    // Room for four of them, with the eighth of the share that is kept for requests that wait.
    private static readonly (string, string)[] Four = [("Webstream:Memory:Held", $"{(4 * GatewayMemory.HeldRequest) + 8192}")];

    private const string Call =
        """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read_stream","arguments":{"stream":"held","wait_seconds":45}}}""";

    [Theory]
    [InlineData("/api/streams/held/messages?wait=45")]
    [InlineData("/api/assistant")]
    public async Task Requests_BeyondTheShare_AreToldToComeBackAndServedWhenOthersEnd(string path)
    {
        await using var gateway = await TestGateway.StartAsync(Four);
        var held = gateway.Service<GatewayMemory>().Held.Share;
        var holders = new List<RawConnection>();
        for (var i = 0; i < 4; i++)
        {
            var holder = await RawConnection.ConnectAsync(gateway.Address);
            await holder.SendAsync($"GET {path} HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\n\r\n");
            holders.Add(holder);
        }

        await Until.TrueAsync(() => held.Used == 4 * GatewayMemory.HeldRequest);
        using (var refused = await gateway.SendAsync(HttpMethod.Get, path))
        {
            (await refused.ProblemAsync(503)).ShouldBe(Refusal);
            refused.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(5));
        }

        // A request that does not wait still gets an answer, and so do pushes.
        await gateway.PushAsync("x", "other");
        held.Refused.ShouldBe(1);
        holders.ForEach(holder => holder.Dispose());
        await Until.TrueAsync(() => held.Used == 0);
        await gateway.GetAsync("/api/streams/other/messages?wait=45");
    }

    [Fact]
    public async Task Call_OfATool_BeyondTheShare_IsToldToComeBack()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Memory:Held", $"{(GatewayMemory.ToolCall * 8 / 7) + 8}"));
        var held = gateway.Service<GatewayMemory>().Held.Share;
        using var first = await RawConnection.ConnectAsync(gateway.Address);
        await first.SendAsync(
            $"POST /mcp HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
            + $"MCP-Protocol-Version: 2025-11-25\r\nContent-Length: {Call.Length}\r\n\r\n{Call}");
        await Until.TrueAsync(() => held.Used == GatewayMemory.ToolCall);

        using (var refused = await gateway.PostAsync("/mcp", Call, "application/json", ("Accept", "application/json, text/event-stream")))
        {
            (await refused.ProblemAsync(503)).ShouldBe(Refusal);
            refused.Headers.RetryAfter.ShouldNotBeNull();
        }

        // The request that waits is answered as if nothing had happened.
        await gateway.PushAsync("here it is", "held");
        (await first.UntilAsync("here it is")).ShouldStartWith("HTTP/1.1 200 ");
        await Until.TrueAsync(() => held.Used == 0);
    }

    [Fact]
    public async Task Address_ThatHoldsHalfOfTheShare_LeavesTheRestToOthers()
    {
        var address = LanAddress.Required();
        await using var gateway = await TestGateway.StartAsync("http://0.0.0.0:0", null, Four);
        var held = gateway.Service<GatewayMemory>().Held.Share;
        using var there = new HttpClient { BaseAddress = new($"http://{address}:{gateway.Address.Port}") };
        using var here = new HttpClient { BaseAddress = new($"http://127.0.0.1:{gateway.Address.Port}") };
        using var ending = new CancellationTokenSource();
        Task<HttpResponseMessage> HoldAsync(HttpClient client) => client.GetAsync("/api/streams/held/messages?wait=45", ending.Token);
        List<Task> holding = [HoldAsync(there), HoldAsync(there)];
        await Until.TrueAsync(() => held.Used == 2 * GatewayMemory.HeldRequest);

        using (var refused = await HoldAsync(there))
        {
            (await refused.ProblemAsync(429)).ShouldStartWith("This address has half of what the gateway can hold open");
            refused.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(5));
        }

        holding.AddRange([HoldAsync(here), HoldAsync(here)]);
        await Until.TrueAsync(() => held.Used == 4 * GatewayMemory.HeldRequest);
        (await HoldAsync(here)).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        await ending.CancelAsync();
        await Task.WhenAll(holding).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    [Fact]
    public async Task Page_LargerThanTheShare_IsToldToComeBackAndASmallerOneIsRead()
    {
        await using var gateway = await TestGateway.StartAsync(Four);
        await gateway.PushManyAsync(20, "pages", padding: 2000);

        (await gateway.SendAsync(HttpMethod.Get, "/api/streams/pages/messages?after=0-0&limit=20").ProblemAsync(503)).ShouldBe(Refusal);

        (await gateway.GetAsync("/api/streams/pages/messages?after=0-0&limit=2")).GetProperty("messages").GetArrayLength().ShouldBe(2);
        gateway.Service<GatewayMemory>().Held.Share.Used.ShouldBe(0);
    }

    [Fact]
    public async Task Pages_AskedForByManyAtOnce_AreReadInTurnAndEachWhole()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Memory:Replays", "65536"));
        await gateway.PushManyAsync(200, "pages", padding: 100);

        var reads = gateway.Service<GatewayMemory>().Reads;
        using var filled = reads.ChargeFor(default);
        filled.Hold(reads.Limit);

        var asked = Enumerable.Range(0, 30).Select(_ => gateway.MessagesAsync("pages")).ToArray();
        await Until.TrueAsync(() => reads.Waiting == 30);
        filled.Dispose();

        (await Task.WhenAll(asked)).ShouldAllBe(texts => texts.Length == 200);
        await Until.TrueAsync(() => reads.Share.Used == 0);
    }

    [Fact]
    public async Task Wait_OnAStreamForWhichThereIsNoRoom_EndsWithNothingNew()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var filled = gateway.Service<GatewayMemory>().Frames.ChargeFor(default);
        filled.Hold(gateway.Service<GatewayMemory>().Frames.Limit);

        // This gateway waits only on a stream that has history.
        var after = (await gateway.PushAsync("before", "unheard")).GetProperty("id").GetString();

        var page = await gateway.GetAsync($"/api/streams/unheard/messages?after={after}&wait=0.5");

        page.GetProperty("messages").GetArrayLength().ShouldBe(0);
        filled.Dispose();
        var waiting = gateway.GetAsync($"/api/streams/unheard/messages?after={after}&wait=45");
        await Until.TrueAsync(() => gateway.Service<Webstream.Gateway.Streams.StreamRegistry>().Find(StreamName.Parse("unheard")) is not null);
        await gateway.PushAsync("heard", "unheard");
        (await waiting).GetProperty("messages").GetArrayLength().ShouldBe(1);
    }
}
