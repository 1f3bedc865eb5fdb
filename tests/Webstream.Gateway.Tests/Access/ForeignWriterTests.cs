using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Access;

/// <summary>A page of another origin can make a browser on this machine send anything, but cannot choose its <c>Origin</c> and <c>Host</c>.</summary>
public sealed class ForeignWriterTests(ForeignWriterTests.Fixture fixture) : IClassFixture<ForeignWriterTests.Fixture>
{
    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    public sealed class Fixture() : GatewayFixture(
        ("Webstream:ApiKey", "secret-of-the-tests"),
        ("Webstream:AllowedHosts", "stream.example, other.example"),
        ("Webstream:AllowedOrigins", "https://app.example/, http://dev.example:3000"));

    [Theory]
    [InlineData("http://localhost")]
    [InlineData("http://localhost:3000")]
    [InlineData("https://localhost:8443")]
    [InlineData("http://127.0.0.1:1")]
    [InlineData("http://127.8.9.1")]
    [InlineData("http://[::1]:5173")]
    [InlineData("https://app.example")]
    [InlineData("http://dev.example:3000")]
    public async Task Push_OfAPageOfThisMachineOrAConfiguredOne_IsTaken(string origin) =>
        await gateway.PushWithAsync(stream, ("Origin", origin)).OkAsync();

    [Theory]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("https://evil.example")]
    [InlineData("http://app.example")]
    [InlineData("https://app.example:8443")]
    [InlineData("https://app.example.evil.example")]
    [InlineData("https://evilapp.example")]
    [InlineData("http://dev.example")]
    [InlineData("http://localhost.evil.example")]
    [InlineData("http://127.0.0.1.evil.example")]
    [InlineData("http://loopback")]
    [InlineData("http://192.168.1.20")]
    [InlineData("http://evil@localhost.example")]
    [InlineData("chrome-extension://localhost")]
    [InlineData("file://")]
    [InlineData("https://app.example, https://evil.example")]
    public async Task Push_OfAForeignPage_IsRefusedUnlessItHasTheKey(string origin)
    {
        (await gateway.PushWithAsync(stream, ("Origin", origin)).ProblemAsync(403))
            .ShouldMatch("^Pages of the origin '[^']*' may not push. Add it to Webstream__AllowedOrigins, or send a key.$");
        (await gateway.HeadAsync(stream)).ShouldBe("0-0");

        await gateway.PushWithAsync(stream, ("Origin", origin), ("X-API-Key", "secret-of-the-tests")).OkAsync();
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("LOCALHOST:8000")]
    [InlineData("127.0.0.1:8000")]
    [InlineData("127.0.0.2:8000")]
    [InlineData("[::1]:8000")]
    [InlineData("stream.example")]
    [InlineData("Other.Example:443")]
    public async Task Push_ByAKnownName_IsTaken(string host)
    {
        await gateway.PushWithAsync(stream, ("Host", host)).OkAsync();
        // A page that this gateway itself served under that name.
        await gateway.PushWithAsync(stream, ("Host", host), ("Origin", $"http://{host}")).OkAsync();
    }

    // DNS rebinding: the attacker's name points here, so the browser takes the attacker's page and the gateway for one origin.
    [Theory]
    [InlineData("evil.example")]
    [InlineData("evil.example:8000")]
    [InlineData("localhost.evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("sub.stream.example")]
    [InlineData("stream.example.evil")]
    public async Task Push_ByAForeignName_IsRefusedUnlessItHasTheKey(string host)
    {
        (await gateway.PushWithAsync(stream, ("Host", host)).ProblemAsync(403)).ShouldBe(
            $"The gateway does not know the name '{host.Split(':')[0]}'. Call it by its address or as localhost, add the name to Webstream__AllowedHosts, or send a key.");
        await gateway.PushWithAsync(stream, ("Host", host), ("Origin", $"http://{host}")).ProblemAsync(403);
        (await gateway.HeadAsync(stream)).ShouldBe("0-0");

        await gateway.PushWithAsync(stream, ("Host", host), ("Origin", $"http://{host}"), ("Authorization", "Bearer secret-of-the-tests")).OkAsync();
    }

    [Fact]
    public async Task Refusal_OfAStrangeOrigin_ShowsItAsPlainText() =>
        (await gateway.PushWithAsync(stream, ("Origin", $"https://<b>'{new string('x', 300)}")).ProblemAsync(403))
            .ShouldBe($"Pages of the origin 'https://<b>?{new string('x', 88)}' may not push. Add it to Webstream__AllowedOrigins, or send a key.");
}
