using System.Net;
using Webstream.Gateway.Tests.Hosting;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Changing;

[Collection(ChangingTests.Name)]
public sealed class CloseTests(ChangingGateway fixture)
{
    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    [Theory]
    [InlineData("")]
    [InlineData("?format=json")]
    [InlineData("?events=typed")]
    public async Task Close_WithListeners_EndsThemWithTheEnd(string query)
    {
        await using var listener = await gateway.ListenAsync($"/stream/{stream}{query}");
        await gateway.PushAsync("last", stream);
        var closed = await gateway.CloseStreamAsync(stream);

        await listener.NextAsync();
        var end = await listener.NextAsync();
        var (id, timestamp) = (closed.GetProperty("id").GetString()!, closed.GetProperty("timestamp").GetString());
        end.EventType.ShouldBe("end");
        end.Data.ShouldBe($$"""{"id":"{{id}}","timestamp":"{{timestamp}}"}""");
        listener.LastEventId.ShouldBe(id);
        (await listener.HasEndedAsync()).ShouldBeTrue();
        EventId.TryParse(id, out var at).ShouldBeTrue();
        at.Sequence.ShouldBe(2);
        await Until.EqualAsync(() => gateway.ClientsAsync(stream), 0);
    }

    [Fact]
    public async Task Close_Twice_AnswersTheSameEnd()
    {
        await gateway.PushAsync("text", stream);
        var first = await gateway.CloseStreamAsync(stream);
        (await gateway.CloseStreamAsync(stream)).ToString().ShouldBe(first.ToString());
    }

    [Fact]
    public async Task Push_ToAClosedStream_IsRefusedUnlessItIsIn()
    {
        var message = $$"""{"message":"text","stream":"{{stream}}","idempotencyKey":"k"}""";
        var id = (await gateway.PostAsync("/api/push", message).OkAsync()).GetProperty("id").GetString();
        await gateway.CloseStreamAsync(stream);

        var error = await gateway.PostAsync($"/api/push?stream={stream}", "more", "text/plain").ProblemAsync(409);
        error.ShouldContain("DELETE /api/streams/");
        var again = await gateway.PostAsync("/api/push", message).OkAsync();
        (again.GetProperty("duplicate").GetBoolean(), again.GetProperty("id").GetString()).ShouldBe((true, id));
    }

    [Fact]
    public async Task Resume_BeforeTheEnd_GetsTheRestAndThenTheEnd()
    {
        var first = (await gateway.PushAsync("1", stream)).GetProperty("id").GetString();
        await gateway.PushAsync("2", stream);
        var end = (await gateway.CloseStreamAsync(stream)).GetProperty("id").GetString();

        await using var back = await gateway.ListenAsync($"/stream/{stream}", first);

        (await back.NextAsync()).Data.ShouldContain("\"recovered\"");
        (await back.NextAsync()).Data.ShouldEndWith("] 2");
        (await back.NextAsync()).EventType.ShouldBe("end");
        back.LastEventId.ShouldBe(end);
        (await back.HasEndedAsync()).ShouldBeTrue();
    }

    [Fact]
    public async Task Listen_WithoutAnId_GetsTheEndAtOnce()
    {
        await gateway.PushAsync("1", stream);
        var end = (await gateway.CloseStreamAsync(stream)).GetProperty("id").GetString();

        await using var late = await gateway.ListenAsync($"/stream/{stream}");

        late.LastEventId.ShouldBe(end);
        (await late.NextAsync()).EventType.ShouldBe("end");
        (await late.HasEndedAsync()).ShouldBeTrue();
        await using var withHistory = await gateway.ListenAsync($"/stream/{stream}?history=10");
        (await withHistory.NextAsync()).Data.ShouldEndWith("] 1");
        (await withHistory.NextAsync()).EventType.ShouldBe("end");
    }

    [Fact]
    public async Task Resume_AtTheEnd_IsToldThatNothingWillCome()
    {
        await gateway.PushAsync("1", stream);
        var end = (await gateway.CloseStreamAsync(stream)).GetProperty("id").GetString()!;

        using var answer = await gateway.SendAsync(HttpMethod.Get, $"/stream/{stream}", ("Last-Event-ID", end), ("Origin", "http://localhost:3000"));

        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        answer.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe(["*"]);
        answer.Content.Headers.ContentType.ShouldBeNull();
        using var inTheAddress = await gateway.SendAsync(HttpMethod.Get, $"/stream/{stream}?lastEventId={end}");
        inTheAddress.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        // An id of another life of the stream is no reason to stay away.
        await using var other = await gateway.ListenAsync($"/stream/{stream}", "abc-2");
        (await other.NextAsync()).Data.ShouldContain("\"reset\"");
    }

    [Fact]
    public async Task Read_ToTheEnd_SaysSoAndDoesNotWait()
    {
        await gateway.PushAsync("1", stream);
        var end = (await gateway.CloseStreamAsync(stream)).GetProperty("id").GetString();

        var first = await gateway.GetAsync($"/api/streams/{stream}/messages?limit=1");
        first.TryGetProperty("ended", out _).ShouldBeFalse();
        var rest = await gateway.GetAsync($"/api/streams/{stream}/messages?after={first.GetProperty("next").GetString()}");
        rest.GetProperty("ended").GetBoolean().ShouldBeTrue();
        var mark = rest.GetProperty("messages").EnumerateArray().Single();
        (mark.GetProperty("event").GetString(), mark.GetProperty("end").GetBoolean(), mark.GetProperty("id").GetString()).ShouldBe(("end", true, end));
        // A wait that did not return at once would exceed the test's patience.
        var waited = gateway.GetAsync($"/api/streams/{stream}/messages?after={end}&wait=45");
        (await waited.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken)).GetProperty("ended").GetBoolean().ShouldBeTrue();
        (await gateway.GetAsync($"/api/streams/{stream}")).GetProperty("ended").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task Read_ThatWaits_ReturnsWhenTheStreamIsClosed()
    {
        var last = (await gateway.PushAsync("1", stream)).GetProperty("id").GetString();
        var waiting = gateway.GetAsync($"/api/streams/{stream}/messages?after={last}&wait=45&inReplyTo={last}");
        await Until.TrueAsync(() => gateway.Service<Webstream.Gateway.Streams.StreamRegistry>().Find(StreamName.Parse(stream)) is not null);

        await gateway.CloseStreamAsync(stream);

        var page = await waiting.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        (page.GetProperty("ended").GetBoolean(), page.GetProperty("messages").GetArrayLength()).ShouldBe((true, 0));
    }

    [Fact]
    public async Task Close_OfAStreamWithoutMessages_IsItsFirst()
    {
        await using var listener = await gateway.ListenAsync($"/stream/{stream}");
        var end = (await gateway.CloseStreamAsync(stream)).GetProperty("id").GetString()!;
        (await listener.NextAsync()).EventType.ShouldBe("end");
        end.ShouldEndWith("-1");
    }

    [Fact]
    public async Task Push_OfTheTypeEnd_IsRefused() =>
        (await gateway.PostAsync("/api/push", $$"""{"message":"x","stream":"{{stream}}","event":"end"}""").ProblemAsync(400)).ShouldContain("end");
}
