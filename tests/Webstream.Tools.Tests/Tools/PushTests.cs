using System.Text.Json;
using Webstream.Tools.Tests.Hosting;

namespace Webstream.Tools.Tests.Tools;

public sealed class PushTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    public static TheoryData<string> AllRevisions => Revisions.All;

    [Theory]
    [MemberData(nameof(AllRevisions))]
    public async Task Push_WithAListener_ReachesItAndCountsIt(string revision)
    {
        await using var listener = await gateway.ListenAsync($"/stream/{stream}");
        await using var client = await TestClient.ConnectAsync(gateway, revision);

        var pushed = (await client.CallAsync("push_stream", new { message = "one\ntwo héllo", stream })).Ok();

        var item = await listener.NextAsync();
        item.Data.ShouldEndWith("one\ntwo héllo");
        pushed.Text.Split('\n').ShouldContain("Active clients: 1");
        pushed.Text.ShouldNotContain("Warning");
        pushed["id"].ShouldBe(item.EventId);
        pushed["status"].ShouldBe("success");
        pushed.Members.GetProperty("clients").GetInt32().ShouldBe(1);
        pushed.Members.EnumerateObject().Count().ShouldBe(3, "what goes without saying is left out");
    }

    [Fact]
    public async Task Push_ToNobody_WarnsAndSaysWhatToOpen()
    {
        await using var client = await TestClient.ConnectAsync(gateway);

        var pushed = (await client.CallAsync("push_stream", new { message = "text", stream })).Ok();

        var page = $"http://127.0.0.1:{gateway.Address.Port}/?stream={stream}";
        pushed.Text.Split('\n').ShouldContain("Active clients: 0");
        pushed.Text.ShouldContain($"Warning: nobody is listening to this stream now. The message is kept: whoever opens the page sees it. Ask the person to open {page}.");
        pushed.Members.GetProperty("open").EnumerateArray().Select(url => url.GetString()).ShouldBe([page]);
        (await client.CallAsync("stream_status", new { stream })).Ok()["events"].ShouldBe($"http://127.0.0.1:{gateway.Address.Port}/stream/{stream}");
        pushed["warning"].ShouldContain(page);
        (await gateway.Client.GetAsync(pushed.Members.GetProperty("open")[0].GetString(), TestContext.Current.CancellationToken)).IsSuccessStatusCode.ShouldBeTrue();
    }

    [Fact]
    public async Task Push_WithoutAStream_GoesToMain()
    {
        await using var client = await TestClient.ConnectAsync(gateway);

        var pushed = (await client.CallAsync("push_stream", new { message = "text" })).Ok();

        pushed["stream"].ShouldBe("main");
        pushed.Members.GetProperty("open")[0].GetString().ShouldBe($"http://127.0.0.1:{gateway.Address.Port}/");
    }

    [Fact]
    public async Task Push_WithAKeyTwice_PushesOnce()
    {
        await using var client = await TestClient.ConnectAsync(gateway);

        var first = (await client.CallAsync("push_stream", new { message = "text", stream, idempotencyKey = "k1" })).Ok();
        var again = (await client.CallAsync("push_stream", new { message = "text", stream, idempotencyKey = "k1" })).Ok();
        var other = (await client.CallAsync("push_stream", new { message = "other", stream, idempotencyKey = "k1" })).Error();

        again["id"].ShouldBe(first["id"]);
        again.Members.GetProperty("duplicate").GetBoolean().ShouldBeTrue();
        again.Text.ShouldStartWith("Not pushed again");
        other.ShouldBe("This idempotency key was used for another message. Use a new key for a new message.");
    }

    [Theory]
    [InlineData(Revisions.July2026, "test-client")]
    // Older clients give their name once, when they connect. Without a session it is not known later.
    [InlineData(Revisions.November2025, null)]
    public async Task Push_CarriesTheClientsNameWhereItIsSaid(string revision, string? source)
    {
        await using var client = await TestClient.ConnectAsync(gateway, revision);

        (await client.CallAsync("push_stream", new { message = "text", stream })).Ok();

        var message = (await gateway.GetAsync($"/api/streams/{stream}/messages")).GetProperty("messages")[0];
        (message.TryGetProperty("source", out var said) ? said.GetString() : null).ShouldBe(source);
        message.TryGetProperty("sourceVerified", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Push_OfAClientWithALongName_CutsIt()
    {
        await using var client = await TestClient.ConnectAsync(gateway.Address, Revisions.July2026, $"{new string('n', 63)}😀\u0001tail");

        (await client.CallAsync("push_stream", new { message = "text", stream })).Ok();

        (await gateway.GetAsync($"/api/streams/{stream}/messages")).GetProperty("messages")[0].GetProperty("source").GetString().ShouldBe(new string('n', 63));
    }

    [Theory]
    [InlineData("""{"port":"8000"}""", false)]
    [InlineData("""{"port":8000.0,"host":"0.0.0.0"}""", false)]
    [InlineData("""{"port":null,"host":null}""", false)]
    [InlineData("""{"port":"9000"}""", true)]
    [InlineData("""{"host":"10.0.0.1"}""", true)]
    public async Task Push_WithHostOrPort_ChangesNothingAndNotesIt(string arguments, bool noted)
    {
        await using var client = await TestClient.ConnectAsync(gateway);
        var all = JsonSerializer.Deserialize<Dictionary<string, object>>(arguments)!;
        all["message"] = "text";
        all["stream"] = stream;

        var pushed = (await client.CallAsync("push_stream", all)).Ok();

        (await gateway.GetAsync($"/api/streams/{stream}")).GetProperty("retained").GetInt64().ShouldBe(1);
        pushed.Text.Contains("Note: host and port were ignored", StringComparison.Ordinal).ShouldBe(noted);
        pushed.Members.TryGetProperty("notes", out _).ShouldBe(noted);
    }

    [Fact]
    public async Task Push_WithUnknownArguments_IgnoresAndNamesThem()
    {
        await using var client = await TestClient.ConnectAsync(gateway);

        var pushed = (await client.CallAsync("push_stream", new { message = "text", stream, priority = 3, colour = "red\u001b" })).Ok();

        pushed.Text.ShouldContain("Ignored, because there is no such argument: priority, colour.");
        pushed.Members.GetProperty("ignoredArguments").EnumerateArray().Select(name => name.GetString()).ShouldBe(["priority", "colour"]);
    }

    [Fact]
    public async Task Push_WithAnEventType_CarriesIt()
    {
        await using var client = await TestClient.ConnectAsync(gateway);
        await using var listener = await gateway.ListenAsync($"/stream/{stream}?events=typed");

        (await client.CallAsync("push_stream", new { message = "text", stream, @event = "progress" })).Ok();
        var refused = (await client.CallAsync("push_stream", new { message = "text", stream, @event = "resume" })).Error();

        (await listener.NextAsync()).EventType.ShouldBe("progress");
        refused.ShouldContain("not resume, end, denied, error, open or close");
    }

    [Fact]
    public async Task Push_OfTooMuch_SaysHowMuchFits()
    {
        await using var client = await TestClient.ConnectAsync(gateway);

        (await client.CallAsync("push_stream", new { message = new string('x', 65_537), stream })).Error()
            .ShouldBe("A message holds at most 65536 bytes of UTF-8; this one has 65537. Shorten it, or send it in parts.");
    }
}
