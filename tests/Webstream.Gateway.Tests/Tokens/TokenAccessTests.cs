using System.Net;
using System.Text.Json.Nodes;
using Webstream.Gateway.Tests.Access;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Tokens;

/// <summary>What tokens open over HTTP, where reading and pushing need a key.</summary>
public sealed class TokenAccessTests(TokenAccessTests.Fixture fixture) : IClassFixture<TokenAccessTests.Fixture>
{
    private const string SharedKey = "the-shared-key-of-the-tests";

    private readonly TestGateway gateway = fixture.Gateway;
    private readonly TestIssuer issuer = fixture.Issuer;
    private readonly string stream = TestStream.New();

    public sealed class Fixture : IAsyncLifetime
    {
        internal TestIssuer Issuer { get; private set; } = null!;

        public TestGateway Gateway { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Issuer = await TestIssuer.StartAsync();
            Gateway = await TestGateway.StartAsync(
                [("Webstream:ApiKey", SharedKey), ("Webstream:Write", "key"), ("Webstream:Read", "key"), .. Issuer.Settings]);
        }

        public async ValueTask DisposeAsync()
        {
            await Gateway.DisposeAsync();
            await Issuer.DisposeAsync();
        }
    }

    // Push, listen, history, list, keys, tools; of the stream a.x.
    [Theory]
    [InlineData("""{"publish":["a.*"]}""", "200 403 403 200 403 200")]
    [InlineData("""{"subscribe":["a.x"]}""", "403 200 403 200 403 200")]
    [InlineData("""{"history":["*"]}""", "403 403 200 200 403 200")]
    [InlineData("""{"approve":["a.*"]}""", "403 403 403 200 403 200")]
    [InlineData("""{"admin":true}""", "403 403 403 200 200 200")]
    [InlineData("""{"publish":["b.*"],"subscribe":["b.*"],"history":["a.y"]}""", "403 403 403 200 403 200")]
    [InlineData("{}", "403 403 403 403 403 403")]
    [InlineData(null, "403 403 403 403 403 403")]
    public async Task Right_OpensWhatItIsFor(string? rights, string expected)
    {
        var token = rights is null ? issuer.Token(claims => claims.Remove("webstream")) : issuer.TokenFor(rights);
        (await StatusesAsync(("Authorization", $"Bearer {token}"))).ShouldBe(expected);
        (await StatusesAsync(("X-API-Key", token))).ShouldBe(expected);
    }

    [Fact]
    public async Task Token_ThatDoesNotCount_OpensNothing_AndIsToldWhy()
    {
        var token = issuer.Token(claims => claims["aud"] = "another");
        (await StatusesAsync(("Authorization", $"Bearer {token}"))).ShouldBe("200 403 403 200 403 200");
        token = issuer.Token(claims => claims["aud"] = "nobody");

        (await StatusesAsync(("Authorization", $"Bearer {token}"))).ShouldBe("401 401 401 401 401 401");
        (await PushAsync(token, "{}").ProblemAsync(401)).ShouldStartWith("The token does not count here: it is for another audience (aud)");
        (await PushAsync(issuer.TokenFor("""{"publish":["b"]}"""), """{"message":"m"}""").ProblemAsync(403))
            .ShouldStartWith($"The token of @alice does not give the right publish for the stream {stream}.");
    }

    [Fact]
    public async Task Keys_AreNeverJudgedAsTokens()
    {
        await using var quiet = await TestIssuer.StartAsync();
        await using var other = await TestGateway.StartAsync([("Webstream:ApiKey", "eyJhbGciOiJSUzI1NiJ9.e30.x-and-more"), .. quiet.Settings]);
        (string, string)[] keys =
        [
            ("Authorization", "Bearer wsk_0123456789abcdef_0123"), ("X-API-Key", "eyJhbGciOiJSUzI1NiJ9.e30.x-and-more"),
            ("X-API-Key", "wrong"), ("X-API-Key", "a.b.c"),
        ];
        foreach (var key in keys)
        {
            using var answer = await other.PushWithAsync("s", key, ("Via", "1.1 proxy"));
            ((int)answer.StatusCode).ShouldBe(key.Item2.EndsWith("more", StringComparison.Ordinal) ? 200 : 401);
        }

        quiet.Requests.ShouldBe(0);
    }

    [Fact]
    public async Task Source_IsVerifiedOnlyWhereItIsTheTokensOwnSubject()
    {
        var token = issuer.TokenFor("""{"publish":["*"]}""", "builder");
        await PushAsync(token, """{"message":"own"}""").OkAsync();
        await PushAsync(token, """{"message":"named","source":"@builder"}""").OkAsync();
        await PushAsync(token, """{"message":"another","source":"builder"}""").OkAsync();
        await PushAsync(SharedKey, """{"message":"claimed","source":"@builder"}""").OkAsync();

        var page = await gateway.SendAsync(HttpMethod.Get, $"/api/streams/{stream}/messages", ("X-API-Key", SharedKey)).OkAsync();
        page.GetProperty("messages").EnumerateArray().Select(message =>
                $"{message.GetProperty("message")} {message.GetProperty("source")} {message.TryGetProperty("sourceVerified", out var verified) && verified.GetBoolean()}")
            .ShouldBe(["own @builder True", "named @builder True", "another builder False", "claimed @builder False"]);
    }

    [Fact]
    public async Task IdempotencyKey_BelongsToTheSubject_WhicheverTokenItSends()
    {
        const string Deployed = """{"message":"deployed","idempotencyKey":"deploy-42"}""";
        var first = await PushAsync(issuer.TokenFor("""{"publish":["*"]}""", "a"), Deployed).OkAsync();
        var second = await PushAsync(issuer.TokenFor("""{"publish":["*"]}""", "b"), Deployed).OkAsync();
        var again = await PushAsync(issuer.TokenFor("""{"publish":["*"],"history":["*"]}""", "a"), Deployed).OkAsync();

        second.GetProperty("duplicate").GetBoolean().ShouldBeFalse();
        again.GetProperty("duplicate").GetBoolean().ShouldBeTrue();
        again.GetProperty("id").GetString().ShouldBe(first.GetProperty("id").GetString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Listener_WhoseTokenEnds_IsToldAndEnds(bool isHandedOver)
    {
        // Already over, but for the skew: let in, and ended when the skew is over.
        var token = issuer.Token(claims =>
        {
            claims["exp"] = issuer.At(TimeSpan.FromSeconds(-27));
            claims["webstream"] = new JsonObject { ["subscribe"] = new JsonArray(stream) };
        });
        await using var listener = await ListenAsync(token, isHandedOver);

        var denied = await listener.NextAsync();
        denied.EventType.ShouldBe("denied");
        denied.Data.ShouldContain("The token has expired");
        DateTimeOffset.UtcNow.ToUnixTimeSeconds().ShouldBeGreaterThanOrEqualTo(issuer.At(TimeSpan.Zero));
        (await listener.HasEndedAsync()).ShouldBeTrue();
        await gateway.SendAsync(HttpMethod.Get, $"/stream/{stream}", ("X-API-Key", token)).ProblemAsync(401);
    }

    [Fact]
    public async Task Read_ThatWaits_AnswersNothingToATokenThatEndedMeanwhile()
    {
        var token = issuer.Token(claims =>
        {
            claims["exp"] = issuer.At(TimeSpan.FromSeconds(-27));
            claims["webstream"] = new JsonObject { ["history"] = new JsonArray(stream) };
        });

        await gateway.SendAsync(HttpMethod.Get, $"/api/streams/{stream}/messages?wait=5", ("X-API-Key", token)).ProblemAsync(401);
    }

    private async Task<string> StatusesAsync((string, string) token)
    {
        var statuses = new List<int>();
        await CountAsync(gateway.PostAsync("/api/push?stream=a.x", "text", "text/plain", token));
        await CountAsync(gateway.SendAsync(HttpMethod.Head, "/stream/a.x", token));
        await CountAsync(gateway.SendAsync(HttpMethod.Get, "/api/streams/a.x/messages", token));
        await CountAsync(gateway.SendAsync(HttpMethod.Get, "/api/streams", token));
        await CountAsync(gateway.SendAsync(HttpMethod.Get, "/api/keys", token));
        await CountAsync(gateway.PostAsync("/mcp", """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""", "application/json", token));
        return string.Join(' ', statuses);

        async Task CountAsync(Task<HttpResponseMessage> sending)
        {
            using var answer = await sending;
            statuses.Add((int)answer.StatusCode);
        }
    }

    private Task<HttpResponseMessage> PushAsync(string token, string body) =>
        gateway.PostAsync($"/api/push?stream={stream}", body, "application/json", ("X-API-Key", token));

    private Task<TestListener> ListenAsync(string token, bool isHandedOver) => TestListener.ConnectAsync(
        new(gateway.Address, $"/stream/{stream}"), handler: new AddedHeaders(("Authorization", $"Bearer {token}")), version: isHandedOver ? null : HttpVersion.Version10);
}
