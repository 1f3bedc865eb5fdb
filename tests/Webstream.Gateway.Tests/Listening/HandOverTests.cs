using System.Net.Sockets;
using System.Text;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Listening;

/// <summary>The differences between a listener whose socket was taken over and one that the web server writes to. All else is the same.</summary>
public sealed class HandOverTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stream_OverPlainHttp11_EndsItsConnectionExactlyWhenTheSocketIsTakenOver(bool handOver)
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Listeners:HandOver", $"{handOver}"));
        using var client = await SendAsync(gateway, "GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n");

        var head = await ReadUntilAsync(client, "Connected at ");

        head.ShouldStartWith("HTTP/1.1 200 OK\r\n");
        head.ShouldContain("Transfer-Encoding: chunked\r\n");
        head.Contains("Connection: close\r\n", StringComparison.Ordinal).ShouldBe(handOver);
    }

    [Fact]
    public async Task Stream_ToAClientOfHttp10_IsNotInChunks()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var client = await SendAsync(gateway, "GET /stream HTTP/1.0\r\nHost: localhost\r\n\r\n");
        var head = await ReadUntilAsync(client, "Connected at ");
        head.ShouldNotContain("chunked");

        await gateway.PushAsync("hello");

        (await ReadUntilAsync(client, "hello\nid: ")).ShouldNotContain("\r");
    }

    [Fact]
    public async Task Stream_WhoseClientSaysMore_GoesOn()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var client = await SendAsync(gateway, "GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await ReadUntilAsync(client, "Connected at ");

        await client.SendAsync(new byte[100_000]);
        await gateway.PushAsync("hello");

        await ReadUntilAsync(client, "hello\nid: ");
        (await gateway.ClientsAsync("main")).ShouldBe(1);
    }

    [Fact]
    public async Task Stream_TakenOverWhoseClientTalksOnAndOn_IsOver()
    {
        // Where the web server keeps the connection, it stops reading instead of ending the connection.
        await using var gateway = await TestGateway.StartAsync(("Webstream:Listeners:HandOver", "true"));
        using var client = await SendAsync(gateway, "GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await ReadUntilAsync(client, "Connected at ");

        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            for (var i = 0; i < 100; i++)
            {
                await client.SendAsync(new byte[100_000], patience.Token);
            }
        }
        catch (SocketException)
        {
            // The gateway cut the client while it sent.
        }

        await Until.TrueAsync(async () => await gateway.ClientsAsync("main") == 0);
    }

    [Fact]
    public async Task Stream_WhoseClientStopsSending_IsOver()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var client = await SendAsync(gateway, "GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await ReadUntilAsync(client, "Connected at ");
        (await gateway.ClientsAsync("main")).ShouldBe(1);

        client.Shutdown(SocketShutdown.Send);

        await Until.TrueAsync(async () => await gateway.ClientsAsync("main") == 0);
    }

    [Fact]
    public async Task Connection_AfterAPush_IsKeptForTheNext()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var client = await SendAsync(gateway, Push("one"));
        await ReadUntilAsync(client, "\"one\"");

        await client.SendAsync(Encoding.ASCII.GetBytes(Push("two")));

        await ReadUntilAsync(client, "\"two\"");
    }

    private static string Push(string message) =>
        $"POST /api/push HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: {message.Length}\r\n\r\n{message}";

    private static async Task<Socket> SendAsync(TestGateway gateway, string request)
    {
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(gateway.Address.Host, gateway.Address.Port);
        await client.SendAsync(Encoding.ASCII.GetBytes(request));
        return client;
    }

    private static async Task<string> ReadUntilAsync(Socket client, string text)
    {
        var received = new StringBuilder();
        var buffer = new byte[4096];
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!received.ToString().Contains(text, StringComparison.Ordinal))
        {
            var count = await client.ReceiveAsync(buffer, patience.Token);
            count.ShouldBeGreaterThan(0, $"the connection ended after: {received}");
            received.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }

        return received.ToString();
    }
}
