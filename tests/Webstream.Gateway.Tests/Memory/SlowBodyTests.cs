using Webstream.Gateway.Memory;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Memory;

public sealed class SlowBodyTests(SlowBodyTests.Fixture fixture) : IClassFixture<SlowBodyTests.Fixture>
{
    private const string TooSlow = "The body had not come whole after 1 seconds; nothing was pushed. Send it faster, or in parts.";

    private readonly TestGateway gateway = fixture.Gateway;

    public sealed class Fixture() : GatewayFixture(("Webstream:Push:BodyTime", "00:00:01"));

    [Theory]
    [InlineData("/api/push", "text/plain", "Content-Length: 20\r\n", "x")]
    [InlineData("/api/push", "application/json", "Content-Length: 20\r\n", "")]
    [InlineData("/api/push", "application/x-ndjson", "Content-Length: 1800000\r\n", "{\"message\":\"a\"}\n")]
    [InlineData("/api/push", "text/plain", "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n")]
    [InlineData("/mcp", "application/json", "Content-Length: 200\r\n", "{")]
    public async Task Body_ThatStandsStill_IsAnswered408AndTheConnectionCloses(string path, string contentType, string length, string sent)
    {
        using var connection = await RawConnection.ConnectAsync(gateway.Address);
        await connection.SendAsync(Head(path, contentType, length) + sent);

        var answer = await connection.RestAsync();

        answer.ShouldStartWith("HTTP/1.1 408 ");
        answer.ShouldContain("\r\nConnection: close\r\n");
        answer.ShouldContain($"\"error\":\"{TooSlow}\"");
        gateway.Service<GatewayMemory>().Bodies.Share.Used.ShouldBe(0);
    }

    [Fact]
    public async Task Body_ThatTrickles_IsAnswered408HoweverOftenSomethingComes()
    {
        using var connection = await RawConnection.ConnectAsync(gateway.Address);
        await connection.SendAsync(Head("/api/push", "text/plain", "Content-Length: 60000\r\n"));
        using var enough = new CancellationTokenSource();
        // The rate is far above the minimum rate that the web server asks for.
        var trickling = Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
            {
                await connection.SendAsync(new string('x', 100));
                await Task.Delay(20, enough.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            }
        }, TestContext.Current.CancellationToken);

        (await connection.UntilAsync(TooSlow)).ShouldStartWith("HTTP/1.1 408 ");

        await enough.CancelAsync();
        await ((Task)trickling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    [Fact]
    public async Task Body_OfTheLargestBatchFullyEscaped_GoesIn()
    {
        var stream = TestStream.New();
        var text = string.Concat(Enumerable.Repeat("\\u0061", 64 * 1024));
        var lines = string.Join('\n', Enumerable.Range(0, 4).Select(_ => $"{{\"message\":\"{text}\",\"stream\":\"{stream}\"}}"));

        (await gateway.PostAsync("/api/push", lines, "application/x-ndjson").OkAsync()).GetProperty("accepted").GetInt32().ShouldBe(4);

        (await gateway.MessagesAsync(stream)).ShouldAllBe(message => message == new string('a', 64 * 1024));
    }

    [Fact]
    public async Task Body_InParts_GoesInAndTheConnectionIsUsedAgain()
    {
        using var connection = await RawConnection.ConnectAsync(gateway.Address);
        for (var i = 1; i <= 3; i++)
        {
            await connection.SendAsync(Head("/api/push", "text/plain", "Content-Length: 10\r\n") + "hello");
            await Task.Delay(50, TestContext.Current.CancellationToken);
            await connection.SendAsync($"world");
            var answers = await connection.UntilAsync($"-{i}\",\"stream\"");
            answers.Split("HTTP/1.1 200 OK").Length.ShouldBe(i + 1);
        }
    }

    private string Head(string path, string contentType, string length) =>
        $"POST {path}{(path == "/mcp" ? "" : "?stream=slow")} HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\nContent-Type: {contentType}\r\n"
        + $"Accept: application/json, text/event-stream\r\n{length}\r\n";
}
