using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Health;

/// <summary>Every answer says what browsers must not make of it.</summary>
public sealed class SecurityHeadersTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    [Theory]
    [InlineData("/", "no-cache")]
    [InlineData("/api/streams", "no-store")]
    [InlineData("/api/info", "no-store")]
    [InlineData("/metrics", null)]
    [InlineData("/openapi/v1.json", "no-store")]
    [InlineData("/nothing/is/here", "no-store")]
    [InlineData("/api/streams/no%20name", "no-store")]
    [InlineData("/api/keys", "no-store")]
    [InlineData("/api/push", "no-store")]
    [InlineData("/stream", "no-cache, no-transform")]
    public async Task Answer_HasThem(string path, string? caching)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var answer = await fixture.Gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

        var headers = answer.Headers.NonValidated;
        headers["X-Content-Type-Options"].ToString().ShouldBe("nosniff");
        headers["Cross-Origin-Resource-Policy"].ToString().ShouldBe("same-origin");
        headers["Referrer-Policy"].ToString().ShouldBe("no-referrer");
        if (caching is not null)
        {
            headers["Cache-Control"].ToString().ShouldBe(caching);
        }
    }
}
