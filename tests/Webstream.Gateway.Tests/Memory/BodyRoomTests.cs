using System.Net;
using System.Text;
using Webstream.Gateway.Memory;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Memory;

/// <summary>Bodies that are under way and fill their share of the memory, or never come whole.</summary>
public sealed class BodyRoomTests(BodyRoomTests.Fixture fixture) : IClassFixture<BodyRoomTests.Fixture>, IAsyncLifetime
{
    private const int Share = 400_000;

    private readonly TestGateway gateway = fixture.Gateway;

    public sealed class Fixture() : GatewayFixture(("Webstream:Memory:Bodies", $"{Share}"), ("Webstream:Push:BodyTime", "00:00:20"));

    private long Used => gateway.Service<GatewayMemory>().Bodies.Share.Used;

    // A request gives its room back a moment after its answer has been read. No room of another test may still be taken.
    public async ValueTask InitializeAsync() => await Until.TrueAsync(() => Used == 0);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Push_WhileOthersFillTheShare_IsToldToComeBackAndGoesInWhenTheyAreGone()
    {
        using (await AlmostSentAsync(60_000))
        using (await AlmostSentAsync(60_000))
        {
            await Until.TrueAsync(() => Used > 240_000);
            using var refused = await gateway.PostAsync("/api/push?stream=filled", new string('x', 45_000), "text/plain");
            (await refused.ProblemAsync(503)).ShouldBe(
                "The bodies that are under way fill the room for them (Webstream__Memory__Bodies); nothing was pushed. Try again in a moment, or send less at once.");
            refused.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(2));
            // A short body has room beside them.
            await gateway.PushAsync("short", "filled");
        }

        await Until.TrueAsync(() => Used == 0);
        await gateway.PostAsync("/api/push?stream=filled", new string('x', 45_000), "text/plain").OkAsync();
        (await gateway.MessagesAsync("filled")).Select(text => text.Length).ShouldBe([5, 45_000]);
        await Until.TrueAsync(() => Used == 0);
    }

    [Fact]
    public async Task Push_ThatSaysItCannotFit_IsRefusedBeforeItsBodyIsAskedFor()
    {
        using var connection = await RawConnection.ConnectAsync(gateway.Address);

        await connection.SendAsync(Head("/api/push", "application/x-ndjson", $"Content-Length: {Share}\r\nExpect: 100-continue\r\n"));

        var answer = await connection.UntilAsync("\"error\":\"The bodies that are under way fill the room");
        answer.ShouldStartWith("HTTP/1.1 503 ");
        answer.ShouldContain("\r\nRetry-After: 2\r\n");
        answer.ShouldNotContain("100 Continue");
    }

    [Theory]
    [InlineData("/api/push", "application/json")]
    [InlineData("/api/push", "application/x-ndjson")]
    [InlineData("/mcp", "application/json")]
    public async Task Chunks_ThatOutgrowTheShare_AreRefused(string path, string contentType)
    {
        using var connection = await RawConnection.ConnectAsync(gateway.Address);

        await connection.SendAsync(Head(path, contentType, "Transfer-Encoding: chunked\r\n") + $"30D40\r\n{new string(' ', 200_000)}\r\n");

        (await connection.UntilAsync("\"error\":\"The bodies that are under way fill the room")).ShouldStartWith("HTTP/1.1 503 ");
        await Until.TrueAsync(() => Used == 0);
    }

    [Fact]
    public async Task Tree_ThatIsLargerThanItsText_IsChargedForWhatItIs()
    {
        using var refused = await PingAsync($"[{string.Join(',', Enumerable.Repeat("1", 10_000))}]");

        (await refused.ProblemAsync(503)).ShouldContain("Webstream__Memory__Bodies");
        refused.Headers.RetryAfter.ShouldNotBeNull();
        using var flat = await PingAsync($"\"{new string('1', 20_000)}\"");
        flat.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Address_ThatFillsHalfOfTheShare_LeavesTheRestToOthers()
    {
        var address = LanAddress.Required();
        await using var open = await TestGateway.StartAsync(
            "http://0.0.0.0:0", null, ("Webstream:Memory:Bodies", $"{Share}"), ("Webstream:Write", "open"));
        var there = new Uri($"http://{address}:{open.Address.Port}");
        var share = open.Service<GatewayMemory>().Bodies.Share;
        using var first = await AlmostSentAsync(60_000, there);
        await Until.TrueAsync(() => share.Used > 120_000);

        using var client = new HttpClient { BaseAddress = there };
        using var body = new StringContent(new string('x', 20_000), Encoding.UTF8, "text/plain");
        using var refused = await client.PostAsync("/api/push", body, TestContext.Current.CancellationToken);

        (await refused.ProblemAsync(429)).ShouldStartWith("The bodies that this address sends at once fill half of the room for all of them");
        refused.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(2));
        // Callers on this machine are not told apart, and none of them has taken this machine's half.
        using var here = new HttpClient { BaseAddress = new($"http://127.0.0.1:{open.Address.Port}") };
        using var same = new StringContent(new string('x', 20_000), Encoding.UTF8, "text/plain");
        (await here.PostAsync("/api/push", same, TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private Task<HttpResponseMessage> PingAsync(string unused) => gateway.PostAsync(
        "/mcp",
        """{"jsonrpc":"2.0","id":1,"method":"ping","params":{"unused":""" + unused + "}}",
        "application/json",
        ("Accept", "application/json, text/event-stream"));

    // Opens a connection that has sent all but the last byte of a body and waits.
    private async Task<RawConnection> AlmostSentAsync(int length, Uri? there = null)
    {
        var connection = await RawConnection.ConnectAsync(there ?? gateway.Address);
        await connection.SendAsync(Head("/api/push", "application/x-ndjson", $"Content-Length: {length}\r\n", there) + new string('x', length - 1));
        return connection;
    }

    private string Head(string path, string contentType, string headers, Uri? there = null) =>
        $"POST {path} HTTP/1.1\r\nHost: {(there ?? gateway.Address).Authority}\r\nContent-Type: {contentType}\r\n{headers}\r\n";
}
