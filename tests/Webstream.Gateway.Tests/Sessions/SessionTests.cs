using System.Net;
using System.Text.Json;
using Webstream.Gateway.Tests.Hosting;
using Webstream.Gateway.Tests.Tokens;

namespace Webstream.Gateway.Tests.Sessions;

/// <summary>A browser's session, where reading and pushing need a key.</summary>
public sealed class SessionTests(SessionTests.Fixture fixture) : IClassFixture<SessionTests.Fixture>
{
    private const string SharedKey = "the-shared-key-of-the-tests";

    private static readonly (string, string) Admin = ("X-API-Key", SharedKey);

    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    private string Origin => gateway.Address.GetLeftPart(UriPartial.Authority);

    public sealed class Fixture : IAsyncLifetime
    {
        internal TestIssuer Issuer { get; private set; } = null!;

        public TestGateway Gateway { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Issuer = await TestIssuer.StartAsync();
            Gateway = await TestGateway.StartAsync(
            [
                ("Webstream:ApiKey", SharedKey), ("Webstream:Write", "key"), ("Webstream:Read", "key"), ("Webstream:TrustedProxies", "127.0.0.1"),
                ("Webstream:AllowedHosts", "stream.example"), ("Webstream:AllowedOrigins", "https://app.example"), .. Issuer.Settings,
            ]);
        }

        public async ValueTask DisposeAsync()
        {
            await Gateway.DisposeAsync();
            await Issuer.DisposeAsync();
        }
    }

    [Fact]
    public async Task Session_HasTheKeysRights_AndEndsWhenItIsTakenBack()
    {
        using var page = await Page.OwnOf(gateway.Address).LoginAsync(await KeyAsync("ci", $$""" "publish":["{{stream}}"],"history":["{{stream}}"] """));
        var shown = await page.SendAsync(HttpMethod.Get, "/api/session").OkAsync();
        shown.GetProperty("active").GetBoolean().ShouldBeTrue();
        shown.GetProperty("name").GetString().ShouldBe("ci");
        shown.GetProperty("publish").EnumerateArray().ShouldHaveSingleItem().GetString().ShouldBe(stream);
        shown.GetProperty("expires").GetDateTimeOffset().ShouldBeInRange(DateTimeOffset.UtcNow.AddHours(11.9), DateTimeOffset.UtcNow.AddHours(12));
        shown.ToString().ShouldNotContain(page.Cookie!.Split('=')[1]);

        (await page.PushAsync(stream).OkAsync()).GetProperty("duplicate").GetBoolean().ShouldBeFalse();
        await page.PushAsync($"{stream}.other").ProblemAsync(403);
        var read = await page.SendAsync(HttpMethod.Get, $"/api/streams/{stream}/messages").OkAsync();
        var message = read.GetProperty("messages").EnumerateArray().ShouldHaveSingleItem();
        message.GetProperty("source").GetString().ShouldBe("ci");
        message.GetProperty("sourceVerified").GetBoolean().ShouldBeTrue();

        var cookie = page.Cookie;
        (await page.SendAsync(HttpMethod.Delete, "/api/session").OkAsync()).GetProperty("ended").GetBoolean().ShouldBeTrue();
        page.Cookie.ShouldBeNull();
        page.SetCookie!.ShouldContain("max-age=0");
        page.Cookie = cookie;
        (await page.PushAsync(stream).ProblemAsync(401)).ShouldContain("The session has ended");
        (await page.SendAsync(HttpMethod.Get, "/api/session").OkAsync()).ToString().ShouldBe("""{"active":false}""");
    }

    [Fact]
    public async Task Session_OfTheSharedKey_MayWhatThatMay()
    {
        using var page = await Page.OwnOf(gateway.Address).LoginAsync(SharedKey);
        await page.PostAsync("/api/keys", $$"""{"name":"made","publish":["{{stream}}"]}""").OkAsync();
        (await page.SendAsync(HttpMethod.Get, "/api/session").OkAsync()).GetProperty("name").GetString().ShouldBe("default");
    }

    [Fact]
    public async Task Session_OfAToken_EndsWithTheToken_AndIsTheSameCaller()
    {
        var token = fixture.Issuer.TokenFor($$"""{"publish":["{{stream}}"]}""");
        using var page = await Page.OwnOf(gateway.Address).LoginAsync(token);
        var shown = await page.SendAsync(HttpMethod.Get, "/api/session").OkAsync();
        shown.GetProperty("name").GetString().ShouldBe("@alice");
        // Five minutes, and the skew of clocks.
        shown.GetProperty("expires").GetDateTimeOffset().ShouldBeInRange(DateTimeOffset.UtcNow.AddMinutes(4), DateTimeOffset.UtcNow.AddMinutes(5.6));
        page.SetCookie!.ShouldMatch("max-age=3[0-3][0-9];");

        const string Once = """{"message":"once","idempotencyKey":"k"}""";
        await gateway.PostAsync($"/api/push?stream={stream}", Once, "application/json", ("X-API-Key", token)).OkAsync();
        (await page.PostAsync($"/api/push?stream={stream}", Once).OkAsync()).GetProperty("duplicate").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task Cookie_OverHttp_HasThePortInItsName_AndIsForBrowsersAlone()
    {
        using var page = await Page.OwnOf(gateway.Address).LoginAsync(SharedKey);
        page.SetCookie!.ShouldMatch($"^webstream-{gateway.Address.Port}=wss_[0-9a-f]{{64}}; max-age=43[0-9]{{3}}; path=/; samesite=strict; httponly$");
    }

    [Fact]
    public async Task Cookie_WhereATrustedProxySpeaksTls_IsForThisHostAlone()
    {
        using var page = new Page(
            gateway.Address, ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "stream.example"), ("X-Forwarded-For", "203.0.113.7"),
            ("Origin", "https://stream.example"));
        await page.LoginAsync(SharedKey);
        page.SetCookie!.ShouldMatch("^__Host-webstream=wss_[0-9a-f]{64}; max-age=43[0-9]{3}; path=/; secure; samesite=strict; httponly$");
        await page.PushAsync(stream).OkAsync();
    }

    [Fact]
    public async Task Cookie_WhereThePublicAddressIsHttps_IsForThisHostAlone()
    {
        await using var behind = await TestGateway.StartAsync(
            ("Webstream:ApiKey", SharedKey), ("Webstream:Write", "key"), ("Webstream:PublicUrl", "https://public.example"));
        using var page = new Page(behind.Address, ("Origin", "https://public.example"), ("Host", "public.example"));
        await page.LoginAsync(SharedKey);
        page.SetCookie!.ShouldStartWith("__Host-webstream=");
        page.SetCookie!.ShouldContain("; secure;");
        await page.PushAsync(stream).OkAsync();

        // Who calls it directly, on its machine.
        using var direct = await Page.OwnOf(behind.Address).LoginAsync(SharedKey);
        direct.SetCookie!.ShouldStartWith($"webstream-{behind.Address.Port}=");
        await direct.PushAsync(stream).OkAsync();
    }

    public static TheoryData<string?, string?, string?> OtherPages => new()
    {
        { "http://localhost:1", null, null },
        { "http://127.0.0.1:1", null, null },
        { "http://127.0.0.1", "same-origin", null },
        { "https://app.example", null, null },
        { "https://evil.example", null, null },
        { "null", null, null },
        { "", "same-origin", null },
        { null, "same-site", null },
        { null, "cross-site", null },
        { null, "none", null },
        { null, null, null },
        { null, "same-origin", "evil.example" },
    };

    [Theory]
    [MemberData(nameof(OtherPages))]
    public async Task Cookie_WithARequestOfAnotherPage_IsAsIfThereWereNone(string? origin, string? site, string? host)
    {
        using var own = await Page.OwnOf(gateway.Address).LoginAsync(SharedKey);
        (string, string)[] headers =
        [
            .. origin is null ? [] : new[] { ("Origin", origin) },
            .. site is null ? [] : new[] { ("Sec-Fetch-Site", site) },
            .. host is null ? [] : new[] { ("Host", host) },
        ];
        using var other = own.As(gateway.Address, headers);

        await other.PushAsync(stream).ProblemAsync(401);
        await other.PostAsync("/api/tickets", $$"""{"stream":"{{stream}}"}""").ProblemAsync(401);
        (await other.SendAsync(HttpMethod.Delete, "/api/session").OkAsync()).GetProperty("ended").GetBoolean().ShouldBeFalse();
        await own.PushAsync(stream).OkAsync();
    }

    [Fact]
    public async Task PageOfAnotherPort_IsToldWhyTheCookieDoesNotCount()
    {
        using var own = await Page.OwnOf(gateway.Address).LoginAsync(SharedKey);
        using var other = own.As(gateway.Address, ("Origin", "http://127.0.0.1:1"));
        (await other.PushAsync(stream).ProblemAsync(401)).ShouldContain("counts only for the gateway's own pages");
    }

    [Theory]
    [InlineData("same-origin", 200)]
    [InlineData("none", 200)]
    [InlineData("same-site", 401)]
    [InlineData("cross-site", 401)]
    [InlineData("same-origin, none", 401)]
    public async Task ReadingByTheCookie_WithoutAnOrigin_GoesByWhatTheBrowserSays(string site, int status)
    {
        await gateway.PostAsync($"/api/push?stream={stream}", "text", "text/plain", Admin).OkAsync();
        using var own = await Page.OwnOf(gateway.Address).LoginAsync(SharedKey);
        using var page = own.As(gateway.Address, ("Sec-Fetch-Site", site));
        using var answer = await page.SendAsync(HttpMethod.Get, $"/api/streams/{stream}");
        ((int)answer.StatusCode).ShouldBe(status);
    }

    [Theory]
    [InlineData("http://localhost:1")]
    [InlineData("https://app.example")]
    [InlineData("https://evil.example")]
    public async Task Session_IsNotBegunForAnotherPage(string origin)
    {
        using var page = new Page(gateway.Address, ("Origin", origin));
        await page.SendAsync(HttpMethod.Post, "/api/session", Admin).ProblemAsync(403);
        page.Cookie.ShouldBeNull();
    }

    [Fact]
    public async Task Session_IsBegunByAKeyAlone()
    {
        using var page = await Page.OwnOf(gateway.Address).LoginAsync(SharedKey);
        (await page.SendAsync(HttpMethod.Post, "/api/session").ProblemAsync(401)).ShouldContain("A session does not begin another one");
        page.Cookie = null;
        (await page.SendAsync(HttpMethod.Post, "/api/session").ProblemAsync(401)).ShouldContain("carries the right of a key");
        (await page.SendAsync(HttpMethod.Post, "/api/session", ("X-API-Key", "wrong")).ProblemAsync(401)).ShouldContain("The key is wrong");
    }

    [Theory]
    [InlineData("wss_")]
    [InlineData("wss_0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("x")]
    public async Task Cookie_ThatIsNoSession_OpensNothing(string value)
    {
        using var page = Page.OwnOf(gateway.Address);
        page.Cookie = $"webstream-{gateway.Address.Port}={value}";
        (await page.PushAsync(stream).ProblemAsync(401)).ShouldContain("The session has ended");
        (await page.SendAsync(HttpMethod.Delete, "/api/session").OkAsync()).GetProperty("ended").GetBoolean().ShouldBeFalse();
        page.Cookie.ShouldBeNull();
    }

    [Fact]
    public async Task RightKey_CountsWhateverTheCookieIs()
    {
        using var page = Page.OwnOf(gateway.Address);
        page.Cookie = $"webstream-{gateway.Address.Port}=wss_0";
        await page.PostAsync($"/api/push?stream={stream}", """{"message":"m"}""", Admin).OkAsync();
    }

    [Fact]
    public async Task Session_IsHeldToTheQuotaOfItsKey()
    {
        var key = await KeyAsync("held", """ "publish":["*"],"limits":{"streams":1} """);
        using var page = await Page.OwnOf(gateway.Address).LoginAsync(key);
        await page.PushAsync(stream).OkAsync();

        (await page.PushAsync($"{stream}.b").ProblemAsync(429)).ShouldContain("The key held may have 1 stream");
        await gateway.PostAsync($"/api/push?stream={stream}.b", "by the key", "text/plain", ("X-API-Key", key)).ProblemAsync(429);
    }

    [Fact]
    public async Task Session_WhoseKeyIsRevoked_OpensNothing_AndItsListenersEnd()
    {
        var made = await MakeAsync("revoked", $$""" "publish":["{{stream}}"],"subscribe":["{{stream}}"] """);
        using var page = await Page.OwnOf(gateway.Address).LoginAsync(made.GetProperty("key").GetString()!);
        await using var listener = await ListenAsync(page);
        await gateway.SendAsync(HttpMethod.Delete, $"/api/keys/{made.GetProperty("id")}", Admin).OkAsync();

        (await listener.NextAsync()).EventType.ShouldBe("denied");
        (await listener.HasEndedAsync()).ShouldBeTrue();
        await page.PushAsync(stream).ProblemAsync(401);
    }

    [Fact]
    public async Task Session_ThatIsTakenBack_EndsItsListeners_AndNotThoseOfTheKey()
    {
        var key = await KeyAsync("twice", $$""" "subscribe":["{{stream}}"] """);
        using var page = await Page.OwnOf(gateway.Address).LoginAsync(key);
        using var other = await Page.OwnOf(gateway.Address).LoginAsync(key);
        await using var ends = await ListenAsync(page);
        await using var stays = await ListenAsync(other);
        await page.SendAsync(HttpMethod.Delete, "/api/session").OkAsync();

        var denied = await ends.NextAsync();
        denied.EventType.ShouldBe("denied");
        denied.Data.ShouldContain("The session has ended");
        await gateway.PostAsync($"/api/push?stream={stream}", "still here", "text/plain", Admin).OkAsync();
        (await stays.NextAsync()).Data.ShouldEndWith("still here");
    }

    private Task<TestListener> ListenAsync(Page page) => TestListener.ConnectAsync(
        new(gateway.Address, $"/stream/{stream}"), handler: new AddedHeaders(("Cookie", page.Cookie!), ("Sec-Fetch-Site", "same-origin")));

    private async Task<string> KeyAsync(string name, string rights) => (await MakeAsync(name, rights)).GetProperty("key").GetString()!;

    private Task<JsonElement> MakeAsync(string name, string rights) =>
        gateway.PostAsync("/api/keys", $$"""{"name":"{{name}}",{{rights}}}""", "application/json", Admin).OkAsync();
}
