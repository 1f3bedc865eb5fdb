using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Access;

/// <summary>The default, <c>Webstream__Write=loopback</c>, with a key for callers from elsewhere.</summary>
public sealed class WriteLoopbackTests(WriteLoopbackTests.Fixture fixture) : IClassFixture<WriteLoopbackTests.Fixture>
{
    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    public sealed class Fixture() : GatewayFixture(("Webstream:ApiKey", "secret-of-the-tests"));

    [Theory]
    [InlineData("X-Nothing", "")]
    [InlineData("Authorization", "Bearer secret-of-the-tests")]
    [InlineData("Authorization", "bearer secret-of-the-tests")]
    [InlineData("X-API-Key", "secret-of-the-tests")]
    public async Task Push_FromThisMachine_NeedsNoKeyAndMayHaveOne(string header, string value) =>
        await gateway.PushWithAsync(stream, (header, value)).OkAsync();

    [Theory]
    [InlineData("Authorization", "Bearer wrong")]
    [InlineData("Authorization", "Bearer secret-of-the-tests2")]
    [InlineData("Authorization", "Bearer SECRET-OF-THE-TESTS")]
    [InlineData("X-API-Key", "wrong")]
    public async Task Push_WithAWrongKey_IsRefusedAlsoFromThisMachine(string header, string value)
    {
        using var answer = await gateway.PushWithAsync(stream, (header, value));

        (await answer.ProblemAsync(401))
            .ShouldBe("The key is wrong. Send the one that the gateway's WEBSTREAM_API_KEY holds, as Authorization: Bearer or X-API-Key.");
        answer.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer");
        (await gateway.HeadAsync(stream)).ShouldBe("0-0");
    }

    [Theory]
    [InlineData("Forwarded", "for=127.0.0.1")]
    [InlineData("X-Forwarded-For", "127.0.0.1")]
    [InlineData("X-Forwarded-Host", "localhost")]
    [InlineData("X-Forwarded-Proto", "https")]
    [InlineData("x-forwarded-anything", "x")]
    [InlineData("X-Real-IP", "127.0.0.1")]
    [InlineData("x-real-ip", "127.0.0.1")]
    [InlineData("Via", "1.1 proxy")]
    [InlineData("CF-Connecting-IP", "127.0.0.1")]
    [InlineData("CF-Ray", "1")]
    [InlineData("X-Client-IP", "127.0.0.1")]
    [InlineData("X-Cluster-Client-IP", "127.0.0.1")]
    [InlineData("True-Client-IP", "127.0.0.1")]
    [InlineData("Fly-Client-IP", "127.0.0.1")]
    [InlineData("Fastly-Client-IP", "127.0.0.1")]
    [InlineData("X-Envoy-External-Address", "127.0.0.1")]
    [InlineData("X-Envoy-Expected-Rq-Timeout-Ms", "15000")]
    [InlineData("X-Azure-ClientIP", "127.0.0.1")]
    [InlineData("X-Amzn-Trace-Id", "Root=1")]
    [InlineData("CDN-Loop", "cloudflare")]
    [InlineData("X-Forwarded", "for=127.0.0.1")]
    [InlineData("Tailscale-User-Login", "a@example.org")]
    public async Task Push_ThroughAProxy_IsNotFromThisMachine(string header, string value)
    {
        using var refused = await gateway.PushWithAsync(stream, (header, value));

        (await refused.ProblemAsync(401)).ShouldBe(
            "Without a key only callers on the gateway's own machine may push, and only at its loopback address: call it as localhost or 127.0.0.1 there. "
            + "For others set WEBSTREAM_API_KEY on the gateway and send it as Authorization: Bearer or X-API-Key, or set Webstream__Write=open to let "
            + "everybody push.");
        refused.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer");
        (await gateway.HeadAsync(stream)).ShouldBe("0-0");
        await gateway.PushWithAsync(stream, (header, value), ("X-API-Key", "secret-of-the-tests")).OkAsync();
    }

    // What nginx does unless it is told otherwise: no header tells of it, and the name is the loopback's.
    [Fact]
    public async Task Push_OverTheProtocolOfBareProxies_IsNotFromThisMachine()
    {
        using var connection = await RawConnection.ConnectAsync(gateway.Address);
        await connection.SendAsync($"POST /api/push?stream={stream} HTTP/1.0\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi");

        (await connection.RestAsync()).ShouldStartWith("HTTP/1.1 401 ");
        (await gateway.HeadAsync(stream)).ShouldBe("0-0");
    }

    [Fact]
    public async Task Push_FromTheNetwork_NeedsTheKey()
    {
        var address = LanAddress.Required();
        await using var everywhere = await TestGateway.StartAsync("http://0.0.0.0:0", null, ("Webstream:ApiKey", "secret-of-the-tests"));
        using var client = new HttpClient { BaseAddress = new($"http://{address}:{everywhere.Address.Port}") };
        using var text = new StringContent("text");

        (await client.PostAsync("/api/push", text, TestContext.Current.CancellationToken).ProblemAsync(401)).ShouldStartWith("Without a key only callers on the gateway's own machine");

        client.DefaultRequestHeaders.Add("X-API-Key", "secret-of-the-tests");
        using var again = new StringContent("text");
        await client.PostAsync("/api/push", again, TestContext.Current.CancellationToken).OkAsync();
        // Reading is open.
        client.DefaultRequestHeaders.Clear();
        await client.GetAsync("/api/streams/main", TestContext.Current.CancellationToken).OkAsync();
    }
}

/// <summary>No key is set, so no caller can identify itself.</summary>
public sealed class WriteWithoutKeyTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    [Theory]
    [InlineData("any")]
    [InlineData("")]
    public async Task Push_WithAKeyWhenNoneIsSet_IsAsOneWithout(string key)
    {
        await gateway.PushWithAsync(stream, ("X-API-Key", key)).OkAsync();
        await gateway.PushWithAsync(stream, ("X-API-Key", key), ("Via", "1.1 proxy")).ProblemAsync(401);
        await gateway.PushWithAsync(stream, ("X-API-Key", key), ("Origin", "https://evil.example")).ProblemAsync(403);

        (await gateway.MessagesAsync(stream)).ShouldHaveSingleItem();
    }
}

/// <summary><c>Webstream__Write=key</c>.</summary>
public sealed class WriteKeyTests(WriteKeyTests.Fixture fixture) : IClassFixture<WriteKeyTests.Fixture>
{
    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    public sealed class Fixture() : GatewayFixture(("Webstream:ApiKey", "secret-of-the-tests"), ("Webstream:Write", "key"));

    [Fact]
    public async Task Push_WithoutAKey_IsRefusedAlsoFromThisMachine()
    {
        using var answer = await gateway.PushWithAsync(stream);

        (await answer.ProblemAsync(401))
            .ShouldBe("Pushing needs a key here. Set WEBSTREAM_API_KEY on the gateway, and send it as Authorization: Bearer or X-API-Key.");
        answer.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer");
        (await gateway.HeadAsync(stream)).ShouldBe("0-0");
    }

    [Theory]
    [InlineData("Authorization", "Bearer secret-of-the-tests")]
    [InlineData("X-API-Key", "secret-of-the-tests")]
    public async Task Push_WithTheKey_IsTakenWhereverItComesFrom(string header, string value) =>
        await gateway.PushWithAsync(
            stream, (header, value), ("Via", "1.1 proxy"), ("Origin", "https://evil.example"), ("Host", "evil.example")).OkAsync();

    [Fact]
    public async Task Read_WithoutAKey_IsOpen()
    {
        await using var listener = await gateway.ListenAsync($"/stream/{stream}");
        await gateway.PushWithAsync(stream, ("X-API-Key", "secret-of-the-tests")).OkAsync();

        (await listener.NextAsync()).Data.ShouldEndWith("text");
        (await gateway.MessagesAsync(stream)).ShouldBe(["text"]);
    }
}

/// <summary><c>Webstream__Write=open</c>.</summary>
public sealed class WriteOpenTests(WriteOpenTests.Fixture fixture) : IClassFixture<WriteOpenTests.Fixture>
{
    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    public sealed class Fixture() : GatewayFixture(("Webstream:ApiKey", "secret-of-the-tests"), ("Webstream:Write", "OPEN"));

    [Fact]
    public async Task Push_ThroughAProxy_NeedsNoKey() => await gateway.PushWithAsync(stream, ("X-Forwarded-For", "1.2.3.4")).OkAsync();

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Host", "evil.example")]
    public async Task Push_OfAForeignPage_IsRefused(string header, string value)
    {
        await gateway.PushWithAsync(stream, (header, value)).ProblemAsync(403);
        (await gateway.HeadAsync(stream)).ShouldBe("0-0");
    }
}
