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

    [Fact]
    public async Task Push_ByTheLoopbacksName_NeedsNoKey() => await gateway.PushWithAsync(stream).OkAsync();
}
