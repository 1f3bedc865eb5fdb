using System.Text;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Pushing;

public sealed class ContentEncodingTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private readonly TestGateway gateway = fixture.Gateway;

    [Theory]
    [InlineData("identity")]
    [InlineData("Identity")]
    [InlineData(" ")]
    public async Task Push_ThatSaysItIsNotCompressed_GoesIn(string encoding) => await PushAsync(encoding).OkAsync();

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("gzip, identity")]
    [InlineData("utf-8")]
    public async Task Push_ThatIsCompressed_IsRefusedWithWhatToSend(string encoding) =>
        (await PushAsync(encoding).ProblemAsync(415)).ShouldContain("not compressed");

    private async Task<HttpResponseMessage> PushAsync(string encoding)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway.Address, "/api/push"))
        {
            Content = new StringContent("""{"message":"text"}""", Encoding.UTF8, "text/json"),
        };
        request.Content.Headers.TryAddWithoutValidation("Content-Encoding", encoding).ShouldBeTrue();
        using var http = new HttpClient();
        return await http.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
