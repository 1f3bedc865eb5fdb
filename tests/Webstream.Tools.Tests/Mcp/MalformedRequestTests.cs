using System.Text;
using System.Text.Json;
using Webstream.Tools.Tests.Hosting;

namespace Webstream.Tools.Tests.Mcp;

/// <summary>What is no request is answered in our words: what to send, and nothing of a parser's.</summary>
public sealed class MalformedRequestTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    [Theory]
    [InlineData("garbage", -32700, "The body is not JSON")]
    [InlineData("[]", -32600, "The body has to be one JSON-RPC 2.0 message")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[1]}""", -32602, "params has to be a JSON object.")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"push_stream","arguments":"x"}}""", -32602, "arguments has to be a JSON object")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"push_stream","arguments":{"message":"\ud800"}}}""", -32602, "message is not well-formed Unicode")]
    public async Task Body_ThatIsNoRequest_IsAnsweredWithWhatToSend(string body, int code, string says)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/mcp") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Accept.ParseAdd("application/json");
        request.Headers.Accept.ParseAdd("text/event-stream");

        using var answer = await fixture.Gateway.Client.SendAsync(request, TestContext.Current.CancellationToken);

        ((int)answer.StatusCode).ShouldBe(400);
        using var error = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        error.RootElement.GetProperty("error").GetProperty("code").GetInt32().ShouldBe(code);
        error.RootElement.GetProperty("error").GetProperty("message").GetString()!.ShouldStartWith(says);
    }
}
