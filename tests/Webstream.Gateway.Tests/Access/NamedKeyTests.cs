using System.Net;
using System.Text.Json;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Access;

/// <summary>Keys that are made, used and revoked over HTTP, where reading and pushing need a key.</summary>
public sealed class NamedKeyTests(NamedKeyTests.Fixture fixture) : IClassFixture<NamedKeyTests.Fixture>
{
    private static readonly (string, string) Admin = ("X-API-Key", "the-shared-key-of-the-tests");

    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    public sealed class Fixture() : GatewayFixture(
        ("Webstream:ApiKey", "the-shared-key-of-the-tests"), ("Webstream:Write", "key"), ("Webstream:Read", "key"),
        ("Webstream:Streams:0:Match", "public.*"), ("Webstream:Streams:0:Read", "open"),
        ("Webstream:Streams:1:Match", "hidden.*"), ("Webstream:Streams:1:Read", "open"), ("Webstream:Streams:1:Listed", "false"));

    [Fact]
    public async Task Key_IsToldOnce_AndListedWithoutItself()
    {
        var made = await MakeAsync("once", $$""" "publish":["{{stream}}"],"limits":{"messagesPerSecond":5} """);
        var (key, id) = (made.GetProperty("key").GetString()!, made.GetProperty("id").GetString()!);

        key.ShouldStartWith($"wsk_{id}_");
        key.Length.ShouldBe(85);
        made.GetProperty("persistent").GetBoolean().ShouldBeFalse();
        var list = await gateway.SendAsync(HttpMethod.Get, "/api/keys", Admin).OkAsync();
        var listed = list.GetProperty("keys").EnumerateArray().Single(one => one.GetProperty("id").GetString() == id);
        listed.GetProperty("limits").ToString().ShouldBe("""{"messagesPerSecond":5}""");
        list.ToString().ShouldNotContain(key[(key.LastIndexOf('_') + 1)..]);
        list.ToString().ShouldNotContain("hash");
    }

    [Theory]
    [InlineData("{}", "name is 1 to 64 characters")]
    [InlineData("""{"name":"default","publish":["*"]}""", "that of the key in WEBSTREAM_API_KEY")]
    [InlineData("""{"name":"a b","publish":["*"]}""", "name is 1 to 64 characters")]
    [InlineData("""{"name":"ci"}""", "A key without any right")]
    [InlineData("""{"name":"ci","publish":["a*b"]}""", "publish is a list")]
    [InlineData("""{"name":"ci","publish":"*"}""", "publish is a list")]
    [InlineData("""{"name":"ci","publish":["*"],"expires":"2020-01-01T00:00:00Z"}""", "expires is a time to come")]
    [InlineData("""{"name":"ci","publish":["*"],"limits":{"messages":5}}""", "messages is not a limit")]
    [InlineData("""{"name":"ci","publish":["*"],"rights":1}""", "rights is not a member")]
    public async Task Key_ThatBreaksARule_IsNotMade(string body, string error) =>
        (await gateway.PostAsync("/api/keys", body, "application/json", Admin).ProblemAsync(400)).ShouldContain(error);

    [Fact]
    public async Task Source_IsVerifiedOnlyWhereItIsTheKeysOwnName()
    {
        var key = await KeyAsync("builder", $$""" "publish":["{{stream}}"] """);
        await PushAsync("""{"message":"own"}""", key);
        await PushAsync("""{"message":"named","source":"builder"}""", key);
        await PushAsync("""{"message":"another","source":"somebody"}""", key);
        await PushAsync("""{"message":"claimed","source":"builder"}""", Admin.Item2);
        await PushAsync("""{"message":"shared"}""", Admin.Item2);

        var page = await gateway.SendAsync(HttpMethod.Get, $"/api/streams/{stream}/messages", Admin).OkAsync();
        page.GetProperty("messages").EnumerateArray().Select(message =>
                $"{message.GetProperty("message")} {(message.TryGetProperty("source", out var source) ? source : "-")} {message.TryGetProperty("sourceVerified", out var verified) && verified.GetBoolean()}")
            .ShouldBe(["own builder True", "named builder True", "another somebody False", "claimed builder False", "shared - False"]);
    }

    [Fact]
    public async Task IdempotencyKey_BelongsToItsCaller_AlsoAfterARotation()
    {
        var attacker = await KeyAsync("attacker", $$""" "publish":["{{stream}}"] """);
        var victim = await KeyAsync("victim", $$""" "publish":["{{stream}}"] """);
        var rotated = await KeyAsync("victim", $$""" "publish":["{{stream}}"] """);
        const string Deployed = """{"message":"deployed","idempotencyKey":"deploy-42"}""";

        var first = await PushAsync(Deployed, attacker);
        var second = await PushAsync(Deployed, victim);
        var third = await PushAsync(Deployed, rotated);
        var fourth = await PushAsync("""{"message":"another text","idempotencyKey":"deploy-42"}""", Admin.Item2);

        second.GetProperty("duplicate").GetBoolean().ShouldBeFalse();
        second.GetProperty("id").GetString().ShouldNotBe(first.GetProperty("id").GetString());
        third.GetProperty("duplicate").GetBoolean().ShouldBeTrue();
        third.GetProperty("id").GetString().ShouldBe(second.GetProperty("id").GetString());
        fourth.GetProperty("duplicate").GetBoolean().ShouldBeFalse();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Listener_WhoseKeyIsRevoked_IsToldAndEnds_AndTheNextKeyOfTheNameGoesOn(bool isHandedOver)
    {
        var first = await MakeAsync("rotated", $$""" "subscribe":["{{stream}}"] """);
        var second = await MakeAsync("rotated", $$""" "subscribe":["{{stream}}"] """);
        await using var before = await ListenAsync(first, isHandedOver);
        await using var after = await ListenAsync(second, isHandedOver);

        await gateway.SendAsync(HttpMethod.Delete, $"/api/keys/{first.GetProperty("id")}", Admin).OkAsync();

        var denied = await before.NextAsync();
        denied.EventType.ShouldBe("denied");
        denied.Data.ShouldContain("was revoked");
        (await before.HasEndedAsync()).ShouldBeTrue();
        await PushAsync("""{"message":"goes on"}""", Admin.Item2);
        (await after.NextAsync()).Data.ShouldEndWith("goes on");
    }

    [Fact]
    public async Task Listener_WhoseKeyExpires_IsToldAndEnds()
    {
        var made = await MakeAsync("brief", $$""" "subscribe":["{{stream}}"],"expires":"{{DateTimeOffset.UtcNow.AddSeconds(3):O}}" """);
        await using var listener = await ListenAsync(made, isHandedOver: true);

        (await listener.NextAsync()).EventType.ShouldBe("denied");
        (await listener.HasEndedAsync()).ShouldBeTrue();
    }

    [Fact]
    public async Task Listener_WhoMayListenWithoutAKey_StaysWhenItsKeyIsRevoked()
    {
        var open = $"public.{stream}";
        var made = await MakeAsync("unneeded", $$""" "subscribe":["{{open}}"] """);
        await using var listener = await ListenAsync(made, isHandedOver: true, open);
        await using var witness = await ListenAsync(await MakeAsync("needed", $$""" "subscribe":["{{stream}}"] """), isHandedOver: true);
        foreach (var key in (await gateway.SendAsync(HttpMethod.Get, "/api/keys", Admin).OkAsync()).GetProperty("keys").EnumerateArray()
            .Where(key => key.GetProperty("name").GetString() is "unneeded" or "needed"))
        {
            await gateway.SendAsync(HttpMethod.Delete, $"/api/keys/{key.GetProperty("id")}", Admin).OkAsync();
        }

        // The other one's end shows that both were looked at.
        (await witness.NextAsync()).EventType.ShouldBe("denied");
        await gateway.PostAsync($"/api/push?stream={open}", "still here", "text/plain", Admin).OkAsync();
        (await listener.NextAsync()).Data.ShouldEndWith("still here");
    }

    [Fact]
    public async Task Read_ThatWaits_AnswersNothingToAKeyThatWasRevokedMeanwhile()
    {
        var made = await MakeAsync("waits", $$""" "history":["{{stream}}"] """);
        var waiting = gateway.SendAsync(HttpMethod.Get, $"/api/streams/{stream}/messages?wait=20", ("X-API-Key", made.GetProperty("key").GetString()!));
        await gateway.SendAsync(HttpMethod.Delete, $"/api/keys/{made.GetProperty("id")}", Admin).OkAsync();
        await PushAsync("""{"message":"secret"}""", Admin.Item2);

        await waiting.ProblemAsync(401);
    }

    [Fact]
    public async Task Lists_ShowWhatTheCallerMaySee()
    {
        foreach (var name in (string[])[$"a.{stream}", $"b.{stream}", $"public.{stream}", $"hidden.{stream}"])
        {
            await gateway.PostAsync($"/api/push?stream={name}", "text", "text/plain", Admin).OkAsync();
        }

        var key = await KeyAsync("sees", $$""" "history":["a.{{stream}}"] """);
        (await ListedAsync(Admin)).ShouldBe(["a.", "b.", "hidden.", "public."]);
        (await ListedAsync(("X-API-Key", key))).ShouldBe(["a.", "public."]);
        (await ListedAsync()).ShouldBe(["public."]);
        // Whoever knows the name of an unlisted stream may ask for it.
        await gateway.SendAsync(HttpMethod.Get, $"/api/streams/hidden.{stream}").OkAsync();
        await gateway.SendAsync(HttpMethod.Get, $"/api/streams/a.{stream}").ProblemAsync(401);

        async Task<string[]> ListedAsync(params (string, string)[] headers) =>
            [.. (await gateway.SendAsync(HttpMethod.Get, "/api/streams", headers).OkAsync()).GetProperty("streams").EnumerateArray()
                .Select(one => one.GetProperty("name").GetString()!).Where(name => name.EndsWith(stream, StringComparison.Ordinal))
                .Select(name => name[..^stream.Length])];
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Pages_OfAListWithHiddenStreams_NameOnlyVisibleOnes(int limit)
    {
        var key = await KeyAsync("pages", $$""" "history":["{{stream}}.1","{{stream}}.3"] """);
        foreach (var number in (int[])[1, 2, 3, 9])
        {
            await gateway.PostAsync($"/api/push?stream={stream}.{number}", "text", "text/plain", Admin).OkAsync();
        }

        var seen = new List<string>();
        for (string? after = ""; after is not null;)
        {
            var page = await gateway.SendAsync(HttpMethod.Get, $"/api/streams?prefix={stream}.&limit={limit}&after={after}", ("X-API-Key", key)).OkAsync();
            seen.AddRange(page.GetProperty("streams").EnumerateArray().Select(one => one.GetProperty("name").GetString()!));
            after = page.TryGetProperty("next", out var next) ? next.GetString() : null;
        }

        seen.ShouldBe([$"{stream}.1", $"{stream}.3"]);
    }

    [Fact]
    public async Task Metrics_DoNotNameHiddenStreams()
    {
        await using var listener = await ListenAsync(await MakeAsync("m", $$""" "subscribe":["hidden.{{stream}}"] """), true, $"hidden.{stream}");
        using var answer = await gateway.SendAsync(HttpMethod.Get, "/metrics", Admin);
        (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldNotContain($"hidden.{stream}");
    }

    private async Task<TestListener> ListenAsync(JsonElement made, bool isHandedOver, string? name = null)
    {
        var handler = new WithKey(made.GetProperty("key").GetString()!);
        return await TestListener.ConnectAsync(
            new(gateway.Address, $"/stream/{name ?? stream}"), handler: handler, version: isHandedOver ? null : HttpVersion.Version10);
    }

    private Task<JsonElement> PushAsync(string body, string key) =>
        gateway.PostAsync($"/api/push?stream={stream}", body, "application/json", ("X-API-Key", key)).OkAsync();

    private async Task<string> KeyAsync(string name, string members) => (await MakeAsync(name, members)).GetProperty("key").GetString()!;

    private Task<JsonElement> MakeAsync(string name, string members) =>
        gateway.PostAsync("/api/keys", $$"""{"name":"{{name}}",{{members}}}""", "application/json", Admin).OkAsync();

    private sealed class WithKey(string key) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Add("X-API-Key", key);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
