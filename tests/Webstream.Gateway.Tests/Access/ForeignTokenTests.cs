using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Access;

/// <summary>Tokens that are meant for another server, such as a proxy before the gateway.</summary>
public sealed class ForeignTokenTests
{
    private const string Foreign = "Bearer eyJhbGciOiJub25lIn0.e30.x";

    [Theory]
    [InlineData("loopback")]
    [InlineData("key")]
    [InlineData("open")]
    public async Task Push_WithTheRightKeyBesideAnotherToken_GoesIn(string write)
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:ApiKey", "secret-of-the-tests"), ("Webstream:Write", write));

        await gateway.PushWithAsync("s", ("Authorization", Foreign), ("X-API-Key", "secret-of-the-tests")).OkAsync();
        await gateway.PushWithAsync("s", ("Authorization", "Basic YW5uOnB3"), ("X-API-Key", "secret-of-the-tests")).OkAsync();
        await gateway.PushWithAsync("s", ("Authorization", "Bearer secret-of-the-tests"), ("X-API-Key", "wrong")).OkAsync();
        await gateway.PushWithAsync("s", ("Via", "1.1 proxy"), ("Authorization", Foreign), ("X-API-Key", "secret-of-the-tests")).OkAsync();
    }

    [Fact]
    public async Task Push_WhereNobodyAsksForAKey_GoesInWhateverTokenItHas()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:ApiKey", "secret-of-the-tests"), ("Webstream:Write", "open"));

        await gateway.PushWithAsync("s", ("Authorization", Foreign)).OkAsync();
        await gateway.PushWithAsync("s", ("X-API-Key", "wrong")).OkAsync();
        // A push that would be refused without the token is refused with it too.
        (await gateway.PushWithAsync("s", ("Authorization", Foreign), ("Origin", "https://evil.example")).ProblemAsync(403)).ShouldContain("evil.example");
    }
}
