using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Webstream.Gateway.Passes;
using Webstream.Gateway.Tests.Hosting;
using Webstream.Gateway.Tests.Passes;
using Webstream.Gateway.Tests.Signing;
using Webstream.Gateway.Tests.Tokens;

namespace Webstream.Gateway.Tests.Sessions;

/// <summary>Tickets for listeners that can send no key, where reading and pushing need one.</summary>
public sealed class TicketTests(TicketTests.Fixture fixture) : IClassFixture<TicketTests.Fixture>
{
    private const string SharedKey = "the-shared-key-of-the-tests";
    private const string Foreign = "https://elsewhere.example";

    private static readonly (string, string) Admin = ("X-API-Key", SharedKey);

    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    public sealed class Fixture : IAsyncLifetime
    {
        internal TestIssuer Issuer { get; private set; } = null!;

        public TestGateway Gateway { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Issuer = await TestIssuer.StartAsync();
            Gateway = await TestGateway.StartAsync(
            [
                ("Webstream:ApiKey", SharedKey), ("Webstream:Write", "key"), ("Webstream:Read", "key"), ("Webstream:Streams:0:Match", "public.*"),
                ("Webstream:Streams:0:Read", "open"), .. Issuer.Settings,
            ]);
        }

        public async ValueTask DisposeAsync()
        {
            await Gateway.DisposeAsync();
            await Issuer.DisposeAsync();
        }
    }

    [Fact]
    public async Task Ticket_LetsAPageElsewhereListen_FromNowOn_AndOnce()
    {
        await PushAsync("before");
        var made = await MakeAsync(Admin);
        made.GetProperty("ticket").GetString()!.ShouldMatch("^wst_[0-9a-f]{64}$");
        made.GetProperty("stream").GetString().ShouldBe(stream);
        made.GetProperty("expires").GetDateTimeOffset().ShouldBeInRange(DateTimeOffset.UtcNow.AddSeconds(50), DateTimeOffset.UtcNow.AddSeconds(60));

        await using var listener = await ListenAsync(made);
        listener.Response.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe(["*"]);
        await PushAsync("after");
        (await listener.NextAsync()).Data.ShouldEndWith("after");
        (await ProblemAsync(made, 401)).ShouldContain("The ticket was used already");
    }

    [Fact]
    public async Task UsedTicket_WithAnId_ResumesAtTheSameAddress()
    {
        var made = await MakeAsync(Admin);
        string id;
        await using (var listener = await ListenAsync(made))
        {
            await PushAsync("first");
            await listener.NextAsync();
            id = listener.LastEventId;
        }

        await PushAsync("second");
        await using var again = await ListenAsync(made, id);
        var verdict = await again.NextAsync();
        verdict.EventType.ShouldBe("resume");
        verdict.Data.ShouldContain("recovered");
        (await again.NextAsync()).Data.ShouldEndWith("second");
    }

    // Whoever finds the address in a log has no id of the connection that the ticket began.
    [Fact]
    public async Task UsedTicket_WithAnIdThatWasNotGivenWithIt_IsRefused()
    {
        var plain = (await PushAsync("before")).GetProperty("id").GetString()!;
        var made = await MakeAsync(Admin);
        string given;
        await using (var listener = await ListenAsync(made))
        {
            given = listener.LastEventId;
        }

        foreach (var id in (string[])["0-0", plain, "an id", $"{given.Split('-')[0]}-0", $"{given.Split('-')[0]}-2"])
        {
            (await ProblemAsync(made, 401, id)).ShouldContain("The ticket was used already");
        }

        await PushAsync("missed");
        await using var again = await ListenAsync(made, given);
        (await again.NextAsync()).Data.ShouldContain("recovered");
        (await again.NextAsync()).Data.ShouldEndWith("missed");
    }

    [Fact]
    public async Task Ticket_AskedAtOnceTwentyTimes_LetsInOne()
    {
        var made = await MakeAsync(Admin);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => gateway.SendAsync(HttpMethod.Get, AddressOf(made))));

        answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).ShouldBe(1);
        answers.Count(answer => answer.StatusCode == HttpStatusCode.Unauthorized).ShouldBe(19);
        Array.ForEach(answers, answer => answer.Dispose());
    }

    [Fact]
    public async Task Ticket_IsForItsStreamAlone_AndForListeningAlone()
    {
        var made = await MakeAsync(Admin);
        var ticket = made.GetProperty("ticket").GetString();
        (await gateway.SendAsync(HttpMethod.Get, $"/stream/{stream}.other?ticket={ticket}").ProblemAsync(401)).ShouldContain("for another stream");
        (await gateway.SendAsync(HttpMethod.Get, $"/stream/public.x?ticket={ticket}").ProblemAsync(401)).ShouldContain("for another stream");
        (await gateway.SendAsync(HttpMethod.Get, $"/stream?ticket={ticket}").ProblemAsync(401)).ShouldContain("for another stream");
        (await gateway.SendAsync(HttpMethod.Get, $"{AddressOf(made)}&history=1").ProblemAsync(403)).ShouldContain("Leave history out");
        await gateway.SendAsync(HttpMethod.Get, $"/api/streams/{stream}/messages?ticket={ticket}").ProblemAsync(401);
        await gateway.PostAsync($"/api/push?stream={stream}&ticket={ticket}", "text", "text/plain").ProblemAsync(401);
        // None of this took it.
        using (var head = await gateway.SendAsync(HttpMethod.Head, AddressOf(made)))
        {
            head.StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        await using var listener = await ListenAsync(made);
    }

    [Theory]
    [InlineData("wst_0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("")]
    [InlineData("x")]
    public async Task Text_ThatIsNoTicket_IsRefused_WhateverElseIsOpen(string text)
    {
        await gateway.SendAsync(HttpMethod.Get, $"/stream/public.x?ticket={text}").ProblemAsync(401);
        await gateway.SendAsync(HttpMethod.Get, $"/stream/{stream}?ticket={text}", Admin).ProblemAsync(401);
    }

    [Theory]
    [InlineData("", 400)]
    [InlineData("{}", 400)]
    [InlineData("[]", 400)]
    [InlineData("""{"stream":""}""", 400)]
    [InlineData("""{"stream":7}""", 400)]
    [InlineData("""{"stream":"a b"}""", 400)]
    [InlineData("""{"stream":"a","stream":"b"}""", 400)]
    [InlineData("""{"stream":"a","for":60}""", 400)]
    public async Task Request_ThatBreaksARule_MakesNoTicket(string body, int status) =>
        (await gateway.PostAsync("/api/tickets", body, "application/json", Admin).ProblemAsync(status)).ShouldContain("""Send {"stream": "builds.main"}""");

    [Fact]
    public async Task Ticket_IsMadeByWhoMayListenThere()
    {
        var body = $$"""{"stream":"{{stream}}"}""";
        (await gateway.PostAsync("/api/tickets", body).ProblemAsync(401)).ShouldContain("A ticket carries the right of a key");
        var other = await KeyAsync("other", $$""" "publish":["*"],"history":["*"],"subscribe":["{{stream}}.x"] """);
        (await gateway.PostAsync("/api/tickets", body, "application/json", ("X-API-Key", other)).ProblemAsync(403)).ShouldContain("does not have the right subscribe");
        await gateway.PostAsync("/api/tickets", body, "text/plain", Admin).ProblemAsync(415);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ticket_EndsWithItsKey_AndSoDoesItsListener(bool isPublic)
    {
        var name = isPublic ? $"public.{stream}" : stream;
        var made = await MakeKeyAsync("revoked", $$""" "subscribe":["{{name}}"] """);
        var key = ("X-API-Key", made.GetProperty("key").GetString()!);
        var (used, unused) = (await MakeAsync(key, name), await MakeAsync(key, name));
        await using var listener = await ListenAsync(used);
        await gateway.SendAsync(HttpMethod.Delete, $"/api/keys/{made.GetProperty("id")}", Admin).OkAsync();

        (await listener.NextAsync()).EventType.ShouldBe("denied");
        (await listener.HasEndedAsync()).ShouldBeTrue();
        await ProblemAsync(unused, 401);
        await gateway.SendAsync(HttpMethod.Get, AddressOf(used), ("Last-Event-ID", listener.LastEventId)).ProblemAsync(401);
    }

    [Fact]
    public async Task Ticket_OfASession_EndsWithTheSession()
    {
        using var page = await Page.OwnOf(gateway.Address).LoginAsync(await KeyAsync("page", $$""" "subscribe":["{{stream}}"] """));
        var (used, unused) = (await MadeByAsync(page), await MadeByAsync(page));
        await using var listener = await ListenAsync(used);
        await page.SendAsync(HttpMethod.Delete, "/api/session").OkAsync();

        (await listener.NextAsync()).EventType.ShouldBe("denied");
        await ProblemAsync(unused, 401);
        await gateway.SendAsync(HttpMethod.Get, AddressOf(used), ("Last-Event-ID", listener.LastEventId)).ProblemAsync(401);

        Task<JsonElement> MadeByAsync(Page by) => by.PostAsync("/api/tickets", $$"""{"stream":"{{stream}}"}""").OkAsync();
    }

    [Fact]
    public async Task Ticket_OfAToken_EndsWithTheToken()
    {
        // The skew of 30 s is nearly over.
        var token = fixture.Issuer.Token(claims =>
        {
            claims["exp"] = fixture.Issuer.At(TimeSpan.FromSeconds(-25));
            claims["webstream"] = JsonNode.Parse($$"""{"subscribe":["{{stream}}"]}""");
        });
        var made = await MakeAsync(("X-API-Key", token));
        made.GetProperty("expires").GetDateTimeOffset().ShouldBeLessThan(DateTimeOffset.UtcNow.AddSeconds(6));
        await using var listener = await ListenAsync(made);

        (await listener.NextAsync()).EventType.ShouldBe("denied");
        await gateway.SendAsync(HttpMethod.Get, AddressOf(made), ("Last-Event-ID", listener.LastEventId)).ProblemAsync(401);
    }

    [Fact]
    public async Task TicketsListener_CountsForItsKey()
    {
        var key = ("X-API-Key", await KeyAsync("one-at-a-time", $$""" "subscribe":["{{stream}}"],"limits":{"listeners":1} """));
        var (first, second) = (await MakeAsync(key), await MakeAsync(key));
        await using var listener = await ListenAsync(first);

        (await ProblemAsync(second, 429)).ShouldContain("The key one-at-a-time");
    }

    [Fact]
    public async Task WhileTheStoreIsAway_AFirstUseIsRefused_AndAResumeIsHeld()
    {
        var (store, secret) = (new PassesDouble(), TestSecret.Known());
        await using var away = await TestGateway.StartAsync(
            "http://127.0.0.1:0", builder => builder.Services.AddSingleton<IPassSource>(store).AddSingleton(secret),
            ("Webstream:ApiKey", SharedKey), ("Webstream:Read", "key"), ("Webstream:Listeners:Keepalive", "00:00:01"));
        var used = await MakeAsync(Admin, gateway: away);
        string id;
        await using (var listener = await TestListener.ConnectAsync(new(away.Address, AddressOf(used))))
        {
            id = listener.LastEventId;
        }

        var unused = await MakeAsync(Admin, gateway: away);
        store.IsAway = true;
        await away.SendAsync(HttpMethod.Get, AddressOf(unused)).ProblemAsync(503);
        await away.SendAsync(HttpMethod.Get, "/stream?ticket=wst_0000000000000000000000000000000000000000000000000000000000000000").ProblemAsync(503);
        using var here = await RawConnection.ConnectAsync(away.Address);
        await here.SendAsync($"GET {AddressOf(used)} HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: {id}\r\n\r\n");
        await here.UntilAsync("Connected at");
        // At a gateway that has just started nothing is known.
        await using var fresh = await TestGateway.StartAsync(
            "http://127.0.0.1:0", builder => builder.Services.AddSingleton<IPassSource>(store).AddSingleton(secret),
            ("Webstream:ApiKey", SharedKey), ("Webstream:Read", "key"), ("Webstream:Listeners:Keepalive", "00:00:01"));
        using var held = await RawConnection.ConnectAsync(fresh.Address);
        await held.SendAsync($"GET {AddressOf(used)} HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: {id}\r\n\r\n");
        (await held.UntilAsync(": keepalive")).ShouldNotContain("Connected at");

        store.IsAway = false;
        await held.UntilAsync("Connected at");
    }

    private Task<JsonElement> MakeAsync((string, string) key, string? name = null, TestGateway? gateway = null) =>
        (gateway ?? this.gateway).PostAsync("/api/tickets", $$"""{"stream":"{{name ?? stream}}"}""", "application/json", key, ("Origin", "http://localhost:3000")).OkAsync();

    private static string AddressOf(JsonElement made) => $"/stream/{made.GetProperty("stream")}?ticket={made.GetProperty("ticket")}";

    private Task<TestListener> ListenAsync(JsonElement made, string? lastEventId = null) =>
        TestListener.ConnectAsync(new(gateway.Address, AddressOf(made)), lastEventId, new AddedHeaders(("Origin", Foreign)));

    private Task<string> ProblemAsync(JsonElement made, int status, string? id = null) => gateway.SendAsync(
        HttpMethod.Get, AddressOf(made), [("Origin", Foreign), .. id is null ? [] : (ReadOnlySpan<(string, string)>)[("Last-Event-ID", id)]]).ProblemAsync(status);

    private Task<JsonElement> PushAsync(string text) => gateway.PostAsync($"/api/push?stream={stream}", text, "text/plain", Admin).OkAsync();

    private async Task<string> KeyAsync(string name, string members) => (await MakeKeyAsync(name, members)).GetProperty("key").GetString()!;

    private Task<JsonElement> MakeKeyAsync(string name, string members) =>
        gateway.PostAsync("/api/keys", $$"""{"name":"{{name}}",{{members}}}""", "application/json", Admin).OkAsync();
}
