using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Webstream.Gateway.Tests.Changing;
using Webstream.Gateway.Tests.Health;
using Webstream.Gateway.Tests.Hosting;
using Webstream.Gateway.Tests.Listening;
using Webstream.Grains;

namespace Webstream.Gateway.Tests.Rules;

/// <summary>Rules that are set for single streams, where all others are open to programs of this machine.</summary>
public sealed class OwnRuleTests(OwnRuleTests.Fixture fixture) : IClassFixture<OwnRuleTests.Fixture>
{
    private static readonly (string, string) Key = ("X-API-Key", "secret-of-the-tests");

    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    public sealed class Fixture() : GatewayFixture(
        ("Webstream:ApiKey", "secret-of-the-tests"),
        ("Webstream:Streams:0:Match", "closed.*"), ("Webstream:Streams:0:Read", "key"), ("Webstream:Streams:0:Listed", "false"));

    [Fact]
    public async Task Stream_ThatIsReadWithAKey_IsNotReadWithoutOne_WhereverSomebodyAsks()
    {
        await gateway.PushAsync("secret", stream);
        await gateway.PutSettingsAsync(stream, """{"read":"key"}""").OkAsync();

        await gateway.SendAsync(HttpMethod.Get, $"/stream/{stream}").ProblemAsync(401);
        await gateway.SendAsync(HttpMethod.Get, $"/stream?stream={stream}&history=5").ProblemAsync(401);
        await gateway.SendAsync(HttpMethod.Get, $"/api/streams/{stream}").ProblemAsync(401);
        await gateway.SendAsync(HttpMethod.Get, $"/api/streams/{stream}/messages").ProblemAsync(401);
        await gateway.SendAsync(HttpMethod.Get, $"/api/streams/{stream}/settings").ProblemAsync(401);
        (await ListedAsync()).ShouldBeFalse();
        foreach (var (tool, arguments) in (IEnumerable<(string, string)>)[
            ("read_stream", $$"""{"stream":"{{stream}}"}"""), ("stream_status", $$"""{"stream":"{{stream}}"}"""), ("list_streams", "{}")])
        {
            var answer = await CallAsync(tool, arguments);
            answer.ShouldNotContain("secret");
            (tool == "list_streams" ? !answer.Contains(stream, StringComparison.Ordinal) : answer.Contains("\"isError\":true", StringComparison.Ordinal)).ShouldBeTrue(answer);
        }

        (await gateway.SendAsync(HttpMethod.Get, $"/api/streams/{stream}/messages", Key).OkAsync()).ToString().ShouldContain("secret");
        (await ListedAsync(Key)).ShouldBeTrue();
        // Who may push is another question.
        await gateway.PushAsync("more", stream);
    }

    [Fact]
    public async Task Stream_ThatIsWrittenWithAKey_IsNotPushedToWithoutOne()
    {
        await gateway.PutSettingsAsync(stream, """{"write":"key"}""").OkAsync();

        await gateway.PostAsync($"/api/push?stream={stream}", "text", "text/plain").ProblemAsync(401);
        await gateway.PostAsync("/api/push", $$"""{"stream":"{{stream}}","message":"text"}""").ProblemAsync(401);
        (await CallAsync("push_stream", $$"""{"stream":"{{stream}}","message":"text"}""")).ShouldContain("\"isError\":true");
        (await gateway.MessagesAsync(stream)).ShouldBeEmpty();
        await gateway.PostAsync($"/api/push?stream={stream}", "text", "text/plain", Key).OkAsync();

        await gateway.PutSettingsAsync(stream, """{"write":"open"}""").OkAsync();
        await gateway.PostAsync($"/api/push?stream={stream}", "from anywhere", "text/plain", ("Via", "1.1 proxy")).OkAsync();
        (await gateway.PostAsync("/api/push?stream=other", "from anywhere", "text/plain", ("Via", "1.1 proxy")).ProblemAsync(401)).ShouldStartWith("Without a key");
    }

    [Fact]
    public async Task Stream_ThatIsNotListed_IsReadByWhoKnowsItsName()
    {
        await gateway.PushAsync("text", stream);
        await using var listener = await gateway.ListenAsync($"/stream/{stream}");
        (await NamedAsync()).ShouldContain(stream);
        await gateway.PutSettingsAsync(stream, """{"listed":false}""").OkAsync();

        (await ListedAsync()).ShouldBeFalse();
        // The page of a moment ago may be told again for as long.
        await Until.TrueAsync(async () => !(await NamedAsync()).Contains(stream));
        (await gateway.MessagesAsync(stream)).ShouldBe(["text"]);
    }

    [Fact]
    public async Task Settings_SayWhatHolds_AndNullIsWhatConfigurationSays()
    {
        var name = $"closed.{stream}";
        (await RuleAsync(name)).ShouldBe("key loopback False");
        (await PutAsync(name, """{"read":"open","write":"key"}""")).ShouldBe("open key False");
        (await PutAsync(name, """{"listed":true}""")).ShouldBe("open key True");
        (await PutAsync(name, """{"read":null,"retainedMessages":5}""")).ShouldBe("key key True");
        (await PutAsync(name, """{"write":null,"listed":null}""")).ShouldBe("key loopback False");
        (await RuleAsync(name)).ShouldBe("key loopback False");
    }

    [Fact]
    public async Task Settings_AreSetWithAKeyThatHasTheRightAdmin_Only()
    {
        await gateway.PutSettingsAsync(stream, """{"read":"key"}""", key: null).ProblemAsync(401);
        var made = await gateway.PostAsync("/api/keys", """{"name":"all","publish":["*"],"subscribe":["*"],"history":["*"]}""", "application/json", Key).OkAsync();
        await gateway.PutSettingsAsync(stream, """{"read":"key"}""", made.GetProperty("key").GetString()).ProblemAsync(403);
        (await RuleAsync(stream)).ShouldBe("open loopback True");
    }

    [Theory]
    [InlineData("""{"read":"loopback"}""", "read is \"open\" or \"key\"")]
    [InlineData("""{"read":true}""", "read is \"open\" or \"key\"")]
    [InlineData("""{"write":"none"}""", "write is \"loopback\", \"key\" or \"open\"")]
    [InlineData("""{"listed":"no"}""", "listed is true or false")]
    [InlineData("""{"read":"key","retainedMessages":0}""", "retainedMessages is a whole number")]
    public async Task Settings_ThatBreakARule_SetNothing(string body, string says)
    {
        (await gateway.PutSettingsAsync(stream, body).ProblemAsync(400)).ShouldContain(says);
        (await RuleAsync(stream)).ShouldBe("open loopback True");
    }

    [Fact]
    public async Task Stream_ThatIsDeleted_KeepsItsRule()
    {
        await gateway.PutSettingsAsync(stream, """{"read":"key"}""").OkAsync();
        await gateway.PushAsync("text", stream);
        await gateway.DeleteStreamAsync(stream);
        await gateway.SendAsync(HttpMethod.Get, $"/api/streams/{stream}/messages").ProblemAsync(401);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Listeners_AreToldAndEnd_WhenTheirStreamIsClosedToThem(bool isHandedOver)
    {
        await using var listener = await TestListener.ConnectAsync(
            new(gateway.Address, $"/stream/{stream}"), version: isHandedOver ? null : HttpVersion.Version10);
        await using var other = await gateway.ListenAsync($"/stream/{stream}.other");
        await using var keyed = await TestListener.ConnectAsync(new(gateway.Address, $"/stream/{stream}"), handler: new WithKey());
        await gateway.PutSettingsAsync(stream, """{"read":"key"}""").OkAsync();

        var denied = await listener.NextAsync();
        denied.EventType.ShouldBe("denied");
        denied.Data.ShouldContain("needs a key here");
        (await listener.HasEndedAsync()).ShouldBeTrue();
        await gateway.PushAsync("secret", stream);
        (await keyed.NextAsync()).Data.ShouldEndWith("secret");
        await gateway.PushAsync("open", $"{stream}.other");
        (await other.NextAsync()).Data.ShouldEndWith("open");
    }

    [Fact]
    public async Task Read_ThatWaits_AnswersNothingOfAStreamThatWasClosedMeanwhile()
    {
        var waiting = gateway.SendAsync(HttpMethod.Get, $"/api/streams/{stream}/messages?wait=20");
        await gateway.PutSettingsAsync(stream, """{"read":"key"}""").OkAsync();
        await gateway.PostAsync($"/api/push?stream={stream}", "secret", "text/plain", Key).OkAsync();
        await waiting.ProblemAsync(401);
    }

    [Fact]
    public async Task Listener_ThatWaitsForTheCluster_IsNotLetInByARuleOfBefore()
    {
        var (gate, answers) = (new GrainCallGate(), new TaskCompletionSource());
        await using var slow = await TestGateway.StartAsync(
            "http://127.0.0.1:0",
            builder => builder.Services.AddSingleton<IOutgoingGrainCallFilter>(gate),
            ("Webstream:ApiKey", Key.Item2), ("Webstream:Listeners:Keepalive", "00:00:01"));
        gate.Before = method => method == nameof(IStreamGrain.Report) ? answers.Task : Task.CompletedTask;
        await using var held = await HeldListener.OpenAsync(slow, $"/stream/{stream}");
        await slow.PutSettingsAsync(stream, """{"read":"key"}""").OkAsync();
        answers.SetResult();

        (await held.NextAsync()).ShouldNotBeNull().Type.ShouldBe("denied");
        (await held.NextAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Export_HasTheRules_AndAnImportSetsThemBeforeItsMessages()
    {
        await gateway.PushAsync("secret", stream);
        await gateway.PutSettingsAsync(stream, """{"read":"key","listed":false}""").OkAsync();
        using var exported = await gateway.SendAsync(HttpMethod.Post, $"/api/history/export?stream={stream}", Key);
        var lines = await exported.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        lines.Split('\n')[1].ShouldBe($$$"""{"rule":"{{{stream}}}","access":{"read":"key","listed":false}}""");

        await using var elsewhere = await TestGateway.StartAsync(("Webstream:ApiKey", Key.Item2));
        await elsewhere.PostAsync("/api/history/import", lines, "application/x-ndjson", Key).OkAsync();
        await elsewhere.SendAsync(HttpMethod.Get, $"/api/streams/{stream}/messages").ProblemAsync(401);
        (await elsewhere.SendAsync(HttpMethod.Get, $"/api/streams/{stream}/messages", Key).OkAsync()).ToString().ShouldContain("secret");
    }

    // What is open elsewhere may be closed here by configuration, or by whoever runs this gateway.
    [Fact]
    public async Task Import_OfARuleThatOpens_OpensNothing()
    {
        await using var closed = await TestGateway.StartAsync(("Webstream:ApiKey", Key.Item2), ("Webstream:Read", "key"), ("Webstream:Write", "key"));
        var lines = "{\"webstream\":1,\"final\":false,\"at\":\"2026-11-30T12:00:00.000000+00:00\"}\n"
            + $"{{\"rule\":\"{stream}\",\"access\":{{\"read\":\"open\",\"write\":\"open\",\"listed\":true}}}}\n{{\"end\":{{\"streams\":0,\"messages\":0}}}}\n";

        await closed.PostAsync("/api/history/import", lines, "application/x-ndjson", Key).OkAsync();

        await closed.SendAsync(HttpMethod.Get, $"/api/streams/{stream}/messages").ProblemAsync(401);
        await closed.PostAsync($"/api/push?stream={stream}", "text", "text/plain").ProblemAsync(401);
    }

    private async Task<string> PutAsync(string name, string body) => Rule(await gateway.PutSettingsAsync(name, body).OkAsync());

    private async Task<string> RuleAsync(string name) => Rule(await gateway.SendAsync(HttpMethod.Get, $"/api/streams/{name}/settings", Key).OkAsync());

    private static string Rule(JsonElement settings) =>
        $"{settings.GetProperty("read")} {settings.GetProperty("write")} {settings.GetProperty("listed").GetBoolean()}";

    private async Task<bool> ListedAsync(params (string, string)[] headers) =>
        (await gateway.SendAsync(HttpMethod.Get, $"/api/streams?prefix={stream}", headers).OkAsync()).GetProperty("streams").GetArrayLength() > 0;

    // Whoever reads the metrics asks for the rules.
    private async Task<IEnumerable<string>> NamedAsync()
    {
        using var answer = await gateway.SendAsync(HttpMethod.Get, "/metrics", Key);
        return StreamGaugesOf.Read(gateway, "webstream.stream.clients").Keys;
    }

    private async Task<string> CallAsync(string tool, string arguments)
    {
        var body = $$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"{{{tool}}}","arguments":{{{arguments}}} } }""";
        using var answer = await gateway.PostAsync("/mcp", body, "application/json", ("Accept", "application/json, text/event-stream"));
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    private sealed class WithKey() : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Add(Key.Item1, Key.Item2);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
