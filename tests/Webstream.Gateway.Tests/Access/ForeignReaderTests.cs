using System.Text.Json;
using Webstream.Gateway.Tests.Health;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Access;

/// <summary>A page of another origin may read what happens from now on, and no more.</summary>
public sealed class ForeignReaderTests(ForeignReaderTests.Fixture fixture) : IClassFixture<ForeignReaderTests.Fixture>
{
    private const string Refusal =
        "A page of another origin, or one that calls this gateway by an unknown name, may only listen to what happens from now on. "
        + "Add its origin to Webstream__AllowedOrigins or the name to Webstream__AllowedHosts, or send a key.";

    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    public sealed class Fixture() : GatewayFixture(("Webstream:ApiKey", "secret-of-the-tests"), ("Webstream:AllowedOrigins", "https://app.example"));

    public static TheoryData<string, string> Foreign => new()
    {
        { "Origin", "https://evil.example" },
        { "Origin", "null" },
        { "Host", "evil.example" },
    };

    [Theory]
    [MemberData(nameof(Foreign))]
    public async Task Listener_OfAForeignPage_HearsWhatHappensFromNowOn(string header, string value)
    {
        await gateway.PushAsync("before", stream);
        await using var listener = await ListenAsync("", null, (header, value));

        await gateway.PushAsync("now", stream);

        listener.Connected.EventId.ShouldNotBeNull().ShouldEndWith("-1");
        (await listener.NextAsync()).Data.ShouldEndWith("now");
    }

    [Theory]
    [MemberData(nameof(Foreign))]
    public async Task Listener_OfAForeignPageWithAnIdThatItWasGiven_Resumes(string header, string value)
    {
        await gateway.PushAsync("known", stream);
        string known;
        await using (var first = await ListenAsync("", null, (header, value)))
        {
            known = first.LastEventId;
        }

        await gateway.PushAsync("missed", stream);

        // Browsers repeat the address, so history= may come along. The id takes precedence.
        await using var listener = await ListenAsync("?history=9", known, (header, value));

        (await VerdictAsync(listener)).ShouldBe(("recovered", 1));
        (await listener.NextAsync()).Data.ShouldEndWith("missed");
    }

    // Ids stand in answers, lists and logs. Only the one that the page itself was given says what it has.
    [Theory]
    [MemberData(nameof(Foreign))]
    public async Task Listener_OfAForeignPageWithAPlainId_IsResetAndGetsNothingReplayed(string header, string value)
    {
        var known = await PushedIdAsync("known");
        await gateway.PushAsync("missed", stream);
        await using var listener = await ListenAsync("", known, (header, value));

        (await VerdictAsync(listener)).ShouldBe(("reset", 0));
        await gateway.PushAsync("now", stream);
        (await listener.NextAsync()).Data.ShouldEndWith("now");
    }

    [Fact]
    public async Task Listener_OfAForeignPage_CannotGoBackFromAnIdThatItWasGiven()
    {
        await gateway.PushAsync("first", stream);
        await gateway.PushAsync("second", stream);
        await using var listener = await ListenAsync("", null, ("Origin", "https://evil.example"));
        listener.LastEventId.ShouldEndWith("-2");

        foreach (var sequence in (long[])[0, 1, 3])
        {
            var made = $"{listener.LastEventId.Split('-')[0]}-{sequence}";
            await using var back = await ListenAsync("", made, ("Origin", "https://evil.example"));
            (await VerdictAsync(back)).ShouldBe(("reset", 0));
        }

        // Nor in another stream.
        await gateway.PushAsync("first", $"{stream}.b");
        await gateway.PushAsync("second", $"{stream}.b");
        await using var elsewhere = await TestListener.ConnectAsync(
            new(gateway.Address, $"/stream/{stream}.b"), listener.LastEventId, new AddedHeaders(("Origin", "https://evil.example")));
        (await VerdictAsync(elsewhere)).ShouldBe(("reset", 0));
    }

    [Fact]
    public async Task Ids_OfAForeignPage_AreSignedWhereverTheyStand_AndAgree()
    {
        var question = await PushedIdAsync("question");
        await using var first = await ListenAsync("?format=json", null, ("Origin", "https://evil.example"));
        await gateway.PostAsync("/api/push", $$"""{"message":"yes","event":"reply","inReplyTo":"{{question}}","stream":"{{stream}}"}""", "application/json").OkAsync();

        var message = await first.NextAsync();

        using var json = JsonDocument.Parse(message.Data);
        json.RootElement.GetProperty("id").GetString().ShouldBe(message.EventId);
        var answered = json.RootElement.GetProperty("inReplyTo").GetString()!;
        answered.ShouldEndWith("-1");
        // What somebody else's reply names is no place to go on from.
        await using (var behind = await ListenAsync("", answered, ("Origin", "https://evil.example")))
        {
            (await VerdictAsync(behind)).ShouldBe(("reset", 0));
        }

        message.Data.ShouldNotContain(question.Split('-')[0]);

        await using var again = await ListenAsync("?format=json", first.Connected.EventId, ("Origin", "https://evil.example"));
        using var verdict = JsonDocument.Parse((await again.NextAsync()).Data);
        verdict.RootElement.GetProperty("from").GetString().ShouldBe(first.Connected.EventId);
        verdict.RootElement.GetProperty("to").GetString().ShouldBe(message.EventId);
        // From history, and not from the frames of those that follow.
        var replayed = await again.NextAsync();
        (replayed.EventId, replayed.Data).ShouldBe((message.EventId, message.Data));
    }

    // A key without history knows a question by its signed id only; whoever asked looks for the id in the history.
    [Fact]
    public async Task Reply_ToAQuestionThatWasHeardUnderASignedId_ReachesWhoeverAsked()
    {
        var made = await gateway.PostAsync(
            "/api/keys", $$"""{"name":"answers","publish":["{{stream}}"],"subscribe":["{{stream}}"]}""", "application/json", ("X-API-Key", "secret-of-the-tests")).OkAsync();
        var key = ("X-API-Key", made.GetProperty("key").GetString()!);
        await using var listener = await ListenAsync("?format=json", null, ("Origin", "https://evil.example"));
        var asked = (await gateway.PostAsync("/api/push", $$"""{"message":"Go on?","event":"question","stream":"{{stream}}"}""", "application/json").OkAsync())
            .GetProperty("id").GetString()!;
        var heard = (await listener.NextAsync()).EventId!;
        heard.ShouldNotBe(asked);

        await gateway.PostAsync("/api/push", $$"""{"message":"yes","event":"reply","inReplyTo":"{{heard}}","stream":"{{stream}}"}""", "application/json", key).OkAsync();

        var replies = await gateway.SendAsync(HttpMethod.Get, $"/api/streams/{stream}/messages?inReplyTo={asked}").OkAsync();
        replies.GetProperty("messages").EnumerateArray().ShouldHaveSingleItem().GetProperty("inReplyTo").GetString().ShouldBe(asked);
        using var shown = JsonDocument.Parse((await listener.NextAsync()).Data);
        shown.RootElement.GetProperty("inReplyTo").GetString()!.ShouldEndWith($"-{heard.Split('-')[1]}");
    }

    [Fact]
    public async Task End_ForAForeignPage_EndsItForGood()
    {
        await gateway.PushAsync("last", stream);
        await using var listener = await ListenAsync("", null, ("Origin", "https://evil.example"));
        await gateway.SendAsync(HttpMethod.Post, $"/api/streams/{stream}/close", ("X-API-Key", "secret-of-the-tests")).OkAsync();

        var end = await listener.NextAsync();
        end.EventType.ShouldBe("end");
        using var json = JsonDocument.Parse(end.Data);
        json.RootElement.GetProperty("id").GetString().ShouldBe(end.EventId);
        (await listener.HasEndedAsync()).ShouldBeTrue();
        using var again = await gateway.SendAsync(
            HttpMethod.Get, $"/stream/{stream}", ("Origin", "https://evil.example"), ("Last-Event-ID", end.EventId!), ("Accept", "text/event-stream"));
        ((int)again.StatusCode).ShouldBe(204);
    }

    [Fact]
    public async Task ForeignPages_AreCountedBesideTheListeners()
    {
        await using var own = await ListenAsync("", null);
        await using var known = await ListenAsync("", null, ("Origin", "https://app.example"));
        await using var keyed = await ListenAsync("", null, ("Origin", "https://evil.example"), ("X-API-Key", "secret-of-the-tests"));
        (await gateway.PushAsync("one", stream)).TryGetProperty("foreign", out _).ShouldBeFalse();
        await using (await ListenAsync("", null, ("Origin", "https://evil.example")))
        {
            await using var called = await ListenAsync("", null, ("Host", "evil.example"));

            var answer = await gateway.PushAsync("two", stream);

            (answer.GetProperty("clients").GetInt32(), answer.GetProperty("foreign").GetInt32()).ShouldBe((5, 2));
            var summary = await gateway.SendAsync(HttpMethod.Get, $"/api/streams/{stream}").OkAsync();
            (summary.GetProperty("clients").GetInt32(), summary.GetProperty("foreign").GetInt32()).ShouldBe((5, 2));
            await Until.TrueAsync(() => StreamGaugesOf.Read(gateway, "webstream.stream.foreign").GetValueOrDefault(stream) == 2);
        }

        await Until.TrueAsync(async () => !(await gateway.PushAsync("three", stream)).TryGetProperty("foreign", out _));
    }

    [Theory]
    [InlineData("0-0")]
    [InlineData("1234567890abcdef-1")]
    [InlineData("malformed")]
    public async Task Listener_OfAForeignPageWithAForeignId_IsResetAndGetsNothingReplayed(string id)
    {
        await gateway.PushAsync("before", stream);
        await using var listener = await ListenAsync("", id, ("Origin", "https://evil.example"));

        (await VerdictAsync(listener)).ShouldBe(("reset", 0));
        await gateway.PushAsync("now", stream);
        (await listener.NextAsync()).Data.ShouldEndWith("now");
    }

    [Theory]
    [InlineData("0-0", "recovered")]
    [InlineData("1234567890abcdef-1", "reset")]
    public async Task Listener_OfOurOwnWithSuchAnId_GetsTheHistory(string id, string verdict)
    {
        await gateway.PushAsync("before", stream);
        await using var listener = await ListenAsync("", id, ("Origin", "https://app.example"));

        (await VerdictAsync(listener)).ShouldBe((verdict, 1));
        (await listener.NextAsync()).Data.ShouldEndWith("before");
    }

    [Fact]
    public async Task Listener_OfAForeignPageOnANewStream_HearsItsFirstMessage()
    {
        await using var listener = await ListenAsync("", null, ("Origin", "https://evil.example"));

        await gateway.PushAsync("first", stream);

        (await listener.NextAsync()).Data.ShouldEndWith("first");
    }

    [Theory]
    [MemberData(nameof(Foreign))]
    public async Task History_ForAForeignPage_IsRefused(string header, string value)
    {
        await gateway.PushAsync("before", stream);

        (await gateway.SendAsync(HttpMethod.Get, $"/stream/{stream}?history=1", (header, value), ("Accept", "text/event-stream")).ProblemAsync(403))
            .ShouldBe(Refusal);
    }

    [Theory]
    [InlineData("X-API-Key", "secret-of-the-tests", "Origin", "https://evil.example")]
    [InlineData("Authorization", "Bearer secret-of-the-tests", "Host", "evil.example")]
    [InlineData("Origin", "https://app.example", "X-Nothing", "")]
    [InlineData("Origin", "http://localhost:3000", "X-Nothing", "")]
    public async Task History_ForAKeyOrAnAllowedOrigin_IsGiven(string header, string value, string other, string otherValue)
    {
        await gateway.PushAsync("before", stream);
        await using var listener = await ListenAsync("?history=1", null, (header, value), (other, otherValue));

        (await listener.NextAsync()).Data.ShouldEndWith("before");
        await gateway.SendAsync(HttpMethod.Get, $"/api/streams/{stream}/messages", (header, value), (other, otherValue)).OkAsync();
    }

    [Theory]
    [InlineData("/api/streams")]
    [InlineData("/api/streams/main")]
    [InlineData("/api/streams/main/messages")]
    [InlineData("/api/info")]
    public async Task Api_ForAForeignPage_IsRefused(string path)
    {
        (await gateway.SendAsync(HttpMethod.Get, path, ("Origin", "https://evil.example")).ProblemAsync(403)).ShouldBe(Refusal);
        (await gateway.SendAsync(HttpMethod.Get, path, ("Origin", "null")).ProblemAsync(403)).ShouldBe(Refusal);
        (await gateway.SendAsync(HttpMethod.Get, path, ("Host", "evil.example")).ProblemAsync(403)).ShouldBe(Refusal);
        await gateway.SendAsync(HttpMethod.Get, path, ("Origin", "https://evil.example"), ("X-API-Key", "secret-of-the-tests")).OkAsync();
    }

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/metrics/")]
    [InlineData("/METRICS")]
    [InlineData("/Metrics/")]
    [InlineData("//metrics")]
    [InlineData("/metrics//")]
    [InlineData("/%6detrics")]
    [InlineData("/%4D%45TRICS/")]
    [InlineData("/./metrics")]
    [InlineData("/api/../metrics/.")]
    [InlineData("/api/%2e%2e/metrics")]
    [InlineData("/metrics?x=/metrics")]
    [InlineData("/metrics/?")]
    [InlineData("/metrics%2F")]
    [InlineData("/metrics;x")]
    [InlineData("/metrics%00")]
    public async Task Metrics_InAnySpellingForAForeignPage_AreNotGiven(string path)
    {
        foreach (var from in new[] { "Host: 127.0.0.1\r\nOrigin: https://evil.example", "Host: 127.0.0.1\r\nOrigin: null", "Host: evil.example" })
        {
            foreach (var method in new[] { "GET", "HEAD", "POST" })
            {
                var answer = await AsWrittenAsync($"{method} {path} HTTP/1.1\r\n{from}");

                answer.ShouldMatch(@"\AHTTP/1\.1 (400|403|404|405) ");
                answer.ShouldNotContain("webstream_listeners");
            }
        }
    }

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/METRICS/")]
    public async Task Metrics_ForOurOwn_AreGiven(string path)
    {
        // The gateway counts its listeners from the first one on.
        await using (await gateway.ListenAsync())
        {
        }

        var answer = await AsWrittenAsync($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1");

        answer.ShouldStartWith("HTTP/1.1 200 ");
        answer.ShouldContain("\nwebstream_listeners");
    }

    // The framework's HTTP client would mend the path before it sends it.
    private async Task<string> AsWrittenAsync(string head)
    {
        using var connection = await RawConnection.ConnectAsync(gateway.Address);
        await connection.SendAsync($"{head}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        return await connection.RestAsync();
    }

    private static async Task<(string Status, long Replayed)> VerdictAsync(TestListener listener)
    {
        var resume = await listener.NextAsync();
        resume.EventType.ShouldBe("resume");
        using var verdict = JsonDocument.Parse(resume.Data);
        return (verdict.RootElement.GetProperty("status").GetString()!, verdict.RootElement.GetProperty("replayed").GetInt64());
    }

    private async Task<string> PushedIdAsync(string text) => (await gateway.PushAsync(text, stream)).GetProperty("id").GetString()!;

    private Task<TestListener> ListenAsync(string query, string? id, params (string, string)[] headers) =>
        TestListener.ConnectAsync(new(gateway.Address, $"/stream/{stream}{query}"), id, new AddedHeaders(headers));
}
