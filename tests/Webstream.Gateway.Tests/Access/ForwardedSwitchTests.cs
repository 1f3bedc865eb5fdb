using System.Net;
using System.Text;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Access;

/// <summary>The framework's switches by which a header names the caller. The gateway still decides by the socket's peer who may write.</summary>
public sealed class ForwardedSwitchTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("ASPNETCORE_FORWARDEDHEADERS_ENABLED")]
    [InlineData("DOTNET_FORWARDEDHEADERS_ENABLED")]
    [InlineData("FORWARDEDHEADERS_ENABLED")]
    public async Task Write_ByACallerWhoSaysThatHeIsLocal_IsRefused(string variable)
    {
        var lan = LanAddress.Required();
        await using var run = await GatewayRun.Start("--host 0.0.0.0 --port 0", (variable, "true")).UpAsync();
        var port = run.Addresses[0].Port;
        foreach (var said in (string[])["127.0.0.1", "::1", "[::1]:80", "::ffff:127.0.0.1", "localhost", "10.0.0.1, 127.0.0.1"])
        {
            (await PushAsync($"http://{lan}:{port}", ("X-Forwarded-For", said))).ShouldBe(HttpStatusCode.Unauthorized, said);
            (await PushAsync($"http://{lan}:{port}", ("X-Forwarded-For", said), ("X-Forwarded-Proto", "http"), ("X-Forwarded-Host", "localhost"))).ShouldBe(HttpStatusCode.Unauthorized, said);
            (await PushAsync($"http://{lan}:{port}", ("X-Original-For", said))).ShouldBe(HttpStatusCode.Unauthorized, said);
            (await CallAsync($"http://{lan}:{port}", said)).ShouldBe(HttpStatusCode.Forbidden, said);
        }

        // A proxy on this machine speaks for any caller. A caller that really is on this machine may write.
        (await PushAsync($"http://127.0.0.1:{port}", ("X-Forwarded-For", "127.0.0.1"))).ShouldBe(HttpStatusCode.Unauthorized);
        (await PushAsync($"http://127.0.0.1:{port}")).ShouldBe(HttpStatusCode.OK);
        (await PushAsync($"http://{lan}:{port}")).ShouldBe(HttpStatusCode.Unauthorized);
    }

    private static Task<HttpStatusCode> PushAsync(string address, params (string Name, string Value)[] headers) =>
        PostAsync($"{address}/api/push", """{"message":"text"}""", headers);

    private static Task<HttpStatusCode> CallAsync(string address, string said) => PostAsync(
        $"{address}/mcp",
        """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"push_stream","arguments":{"message":"text"}}}""",
        [("X-Forwarded-For", said), ("Accept", "application/json, text/event-stream")]);

    private static async Task<HttpStatusCode> PostAsync(string address, string body, (string Name, string Value)[] headers)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        }

        using var answer = await http.SendAsync(request, Stop);
        return answer.StatusCode;
    }
}
