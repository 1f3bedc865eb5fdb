using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Pushing;

/// <summary>Bodies that end before they are whole. Any caller can send them, and the gateway logs nothing about them.</summary>
public sealed class BrokenOffTests
{
    [Fact]
    public async Task Body_ThatEndsEarly_EndsTheConnectionAndIsNoLineOfTheLog()
    {
        await using var run = await GatewayRun.Start("--host 127.0.0.1 --port 0", ("Webstream__Write", "open")).UpAsync();
        var address = run.Addresses[0];
        foreach (var path in (string[])["/api/push", "/mcp"])
        {
            foreach (var body in (string[])["", "{\"message\":", new string('x', 30_000)])
            {
                await CutAsync(address, path, body, "Content-Length: 40000");
                await CutAsync(address, path, body, "Transfer-Encoding: chunked");
            }
        }

        using var http = new HttpClient { BaseAddress = address };
        await http.PostAsync("/api/push?stream=whole", new StringContent("text"), TestContext.Current.CancellationToken).OkAsync();
        await run.LineAsync("Pushed whole ");

        run.Output.Where(line => line.Contains("Exception", StringComparison.Ordinal) || line.Contains(" warn: ", StringComparison.Ordinal) || line.Contains(" fail: ", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    private static async Task CutAsync(Uri address, string path, string body, string length)
    {
        var chunk = length.StartsWith("Transfer", StringComparison.Ordinal) && body.Length > 0 ? $"{body.Length:x}\r\n{body}\r\n" : body;
        using var connection = await RawConnection.ConnectAsync(new($"http://127.0.0.1:{address.Port}"));
        await connection.SendAsync($"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n{length}\r\n\r\n{chunk}");
        connection.EndSending();
        // Reads to the end of the connection, however that end comes.
        await Record.ExceptionAsync(() => connection.RestAsync());
    }
}
