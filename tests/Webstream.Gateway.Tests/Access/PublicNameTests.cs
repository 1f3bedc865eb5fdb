using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Access;

/// <summary>A gateway with a public address: whoever calls it by that name came through what stands there, although the connection is from this machine.</summary>
public sealed class PublicNameTests(PublicNameTests.Fixture fixture) : IClassFixture<PublicNameTests.Fixture>
{
    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    public sealed class Fixture() : GatewayFixture(("Webstream:ApiKey", "secret-of-the-tests"), ("Webstream:PublicUrl", "https://stream.example.org"));

    [Theory]
    [InlineData("stream.example.org")]
    [InlineData("Stream.Example.org:443")]
    [InlineData("stream.example.org.")]
    public async Task Push_ByThePublicName_NeedsTheKey(string host)
    {
        using var refused = await gateway.PushWithAsync(stream, ("Host", host));
        await refused.ProblemAsync(401);

        await gateway.PushWithAsync(stream, ("Host", host), ("X-API-Key", "secret-of-the-tests")).OkAsync();
    }

    // A program that calls such an address comes over that one. Over the loopback it comes through something that passes the name on.
    [Theory]
    [InlineData("10.213.7.1")]
    [InlineData("8.8.8.8:8000")]
    [InlineData("[2001:db8::1]")]
    public async Task Push_ByAnAddressThatIsNotTheLoopbacks_NeedsTheKey(string host)
    {
        using var refused = await gateway.PushWithAsync(stream, ("Host", host));
        await refused.ProblemAsync(401);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.1.2.3:8000")]
    [InlineData("[::1]:8000")]
    [InlineData("0.0.0.0:8000")]
    [InlineData("localhost:9999")]
    public async Task Push_ByTheLoopbacksAddressOrName_NeedsNoKey(string host) => await gateway.PushWithAsync(stream, ("Host", host)).OkAsync();

    [Fact]
    public async Task Push_ByTheLoopbacksName_NeedsNoKey() => await gateway.PushWithAsync(stream).OkAsync();
}
