using System.Text.Json;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Pushing;

/// <summary>Bodies that are too long, or that never come.</summary>
public sealed class PushBodyTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private const int Most = 64 * 1024;

    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    [Theory]
    [InlineData("text/plain", "", "A message holds at most 65536 bytes of UTF-8; this one has 65537. Shorten it, or send it in parts.")]
    [InlineData("text/plain", "&raw", "The body is larger than 65536 bytes. Shorten the message, or send it in parts.")]
    public async Task Push_OfOneByteTooMuchAsText_IsTooLarge(string contentType, string query, string error)
    {
        (await gateway.PostAsync($"/api/push?stream={stream}{query}", new string('a', Most + 1), contentType).ProblemAsync(413)).ShouldBe(error);
        (await gateway.HeadAsync(stream)).ShouldBe("0-0");
    }

    [Fact]
    public async Task Push_OfOneByteTooMuchAsJson_IsTooLarge()
    {
        // The text has fewer characters than bytes, and the bytes count.
        var message = new string('é', Most / 2) + "a";

        (await gateway.PostAsync("/api/push", JsonSerializer.Serialize(new { message, stream })).ProblemAsync(413))
            .ShouldBe("A message holds at most 65536 bytes of UTF-8; this one has 65537. Shorten it, or send it in parts.");
        (await gateway.HeadAsync(stream)).ShouldBe("0-0");
    }

    [Fact]
    public async Task Push_AnnouncingAHugeBody_IsRefusedBeforeItIsSent()
    {
        using var connection = await RawConnection.ConnectAsync(gateway.Address);

        await connection.SendAsync(Head("Content-Length: 100000000\r\n"));

        (await connection.UntilAsync("\"error\":\"The body is larger than ")).ShouldStartWith("HTTP/1.1 413 ");
        (await gateway.HeadAsync(stream)).ShouldBe("0-0");
    }

    // Most clients send all of a body before they read. If the gateway reset the connection meanwhile, they would lose the answer.
    [Theory]
    [InlineData("/api/push?raw", "text/plain", 2_000_000)]
    [InlineData("/api/push?raw", "text/plain", 40_000_000)]
    [InlineData("/mcp", "application/json", 2_000_000)]
    [InlineData("/mcp", "application/json", 40_000_000)]
    public async Task Body_ThatIsSentWholeAllTheSame_IsTakenAndAnswered(string path, string contentType, int length)
    {
        using var connection = await RawConnection.ConnectAsync(gateway.Address);

        await connection.SendAsync(
            $"POST {path} HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\nContent-Type: {contentType}\r\nContent-Length: {length}\r\n\r\n");
        await connection.SendAsync(new string('a', length));
        await connection.SendAsync($"GET /health/live HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\n\r\n");

        (await connection.UntilAsync("HTTP/1.1 200 OK")).ShouldStartWith("HTTP/1.1 413 ");
    }

    [Fact]
    public async Task Push_WhoseChunksNeverEnd_IsRefusedOnceTheyAreTooMany()
    {
        using var connection = await RawConnection.ConnectAsync(gateway.Address);

        await connection.SendAsync(Head("Transfer-Encoding: chunked\r\n") + $"10001\r\n{new string('a', Most + 1)}\r\n");

        (await connection.UntilAsync("\"error\":\"The body is larger than 65536 bytes.")).ShouldStartWith("HTTP/1.1 413 ");
        (await gateway.HeadAsync(stream)).ShouldBe("0-0");
    }

    [Fact]
    public async Task Push_WhoseChunksAreMalformed_IsRefused()
    {
        using var connection = await RawConnection.ConnectAsync(gateway.Address);

        await connection.SendAsync(Head("Transfer-Encoding: chunked\r\n") + "4\r\ntext\r\nzz\r\n");

        var answer = await connection.UntilAsync("\"error\":\"The body is broken off or malformed.\"");
        answer.ShouldStartWith("HTTP/1.1 400 ");
        answer.ShouldContain("Content-Type: application/problem+json");
        (await gateway.HeadAsync(stream)).ShouldBe("0-0");
    }

    // A client that hangs up in the middle of a body cannot be answered any more. The test checks only that half a message is no message.
    [Theory]
    [InlineData("Content-Length: 1000\r\n", "text that ends too s")]
    [InlineData("Transfer-Encoding: chunked\r\n", "14\r\ntext that ends too s\r\n")]
    public async Task Push_WhoseBodyIsCutOff_PushesNothing(string header, string body)
    {
        using var connection = await RawConnection.ConnectAsync(gateway.Address);
        await connection.SendAsync(Head(header) + body);
        connection.EndSending();

        (await connection.RestAsync()).ShouldNotContain("200 OK");
        await gateway.PushAsync("whole", stream);

        (await gateway.MessagesAsync(stream)).ShouldBe(["whole"]);
    }

    private string Head(string headers) =>
        $"POST /api/push?raw&stream={stream} HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\nContent-Type: text/plain\r\n{headers}\r\n";
}
