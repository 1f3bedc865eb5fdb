using System.Net.Http.Json;
using System.Text.Json;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Listening;

public sealed class FormatTests
{
    [Fact]
    public async Task Formats_OfTheSameMessage_AreEachAsTheContractSays()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var text = await gateway.ListenAsync("/stream/f");
        await using var typed = await gateway.ListenAsync("/stream/f?events=typed");
        await using var json = await gateway.ListenAsync("/stream/f?format=json");
        await using var both = await gateway.ListenAsync("/stream/f?format=json&events=typed");
        using var answer = await gateway.Client.PostAsJsonAsync(
            "/api/push", new { message = "one\u2028two\nthree", stream = "f", @event = "news", source = "me" }, TestContext.Current.CancellationToken);
        var pushed = await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        var (id, timestamp) = (pushed.GetProperty("id").GetString(), pushed.GetProperty("timestamp").GetString());

        var (asText, asTyped, asJson, asBoth) = (await text.NextAsync(), await typed.NextAsync(), await json.NextAsync(), await both.NextAsync());

        (asText.EventType, asText.Data, asText.EventId).ShouldBe(("message", $"[{timestamp}] one\u2028two\nthree", id));
        (asTyped.EventType, asTyped.Data, asTyped.EventId).ShouldBe(("news", asText.Data, id));
        (asJson.EventType, asBoth.EventType, asBoth.Data).ShouldBe(("message", "news", asJson.Data));
        asJson.Data.ShouldBe($$"""{"id":"{{id}}","stream":"f","timestamp":"{{timestamp}}","event":"news","message":"one\u2028two\nthree","source":"me"}""");
    }

    [Fact]
    public async Task Formats_OfAReplay_AreThoseOfTheLiveMessages()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var live = await gateway.ListenAsync("/stream/f?format=json");
        await gateway.PushManyAsync(300, "f");
        await using var replayed = await gateway.ListenAsync("/stream/f?format=json&history=300");

        (await replayed.TakeAsync(300)).ShouldBe(await live.TakeAsync(300));
    }

    [Fact]
    public async Task Connected_AsJson_IsAnOpenRecordWithTheSameId()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var listener = await gateway.ListenAsync("/stream/f?format=json");

        var record = JsonDocument.Parse(listener.Connected.Data).RootElement;
        record.GetProperty("id").GetString().ShouldBe(listener.Connected.EventId);
        record.GetProperty("event").GetString().ShouldBe("open");
        record.GetProperty("stream").GetString().ShouldBe("f");
        record.GetProperty("message").GetString()!.ShouldStartWith("Connected at ");
    }

    [Fact]
    public async Task Keepalive_OfAQuietStream_IsExactlyTheComment()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Listeners:Keepalive", "00:00:01"));
        using var listener = await RawListener.ConnectAsync(gateway, "/stream/k", keepsText: true);
        var before = listener.Text;

        await listener.ReadTextAsync(text => text.Length >= before.Length + 26);

        before.ShouldEndWith("\n\n");
        listener.Text[before.Length..].ShouldBe(": keepalive\n\n: keepalive\n\n");
    }
}
