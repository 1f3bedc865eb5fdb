using System.Net.Http.Json;
using System.Text.Json;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Clients;

[Collection(ClientTests.Name)]
public sealed class OriginalListenerTests(ClientPrograms programs)
{
    [Theory]
    [InlineData("hello", "hello")]
    [InlineData("two\nlines", "two\nlines")]
    [InlineData("one\r\ntwo\rthree\n", "one\ntwo\nthree\n")]
    [InlineData("  kept blanks \n\n\nid: 7\nevent: forged\ndata: forged\n\n", "  kept blanks \n\n\nid: 7\nevent: forged\ndata: forged\n\n")]
    [InlineData(": no comment\nretry: 1", ": no comment\nretry: 1")]
    [InlineData("Grüße, 世界 👋\u2028\uFEFF", "Grüße, 世界 👋\u2028\uFEFF")]
    public async Task OnMessage_OfAPushedText_GetsItInTheOriginalsFormat(string pushed, string received)
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var listener = await programs.OnMessageAsync(new(gateway.Address, "/stream"));
        (await NextAsync(listener)).Data.ShouldStartWith("Connected at ");

        var first = await gateway.PushAsync(pushed);
        var second = await gateway.PushAsync("next");

        (await NextAsync(listener)).ShouldBe(Expected(first, received));
        (await NextAsync(listener)).ShouldBe(Expected(second, "next"));
    }

    [Fact]
    public async Task OnMessage_OfMessagesWithEventTypes_MissesNone()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var listener = await programs.OnMessageAsync(new(gateway.Address, "/stream"));
        await listener.LineAsync();

        foreach (var type in new[] { "question", "reply", "done" })
        {
            using var answer = await gateway.Client.PostAsJsonAsync(
                "/api/push", new { message = type, @event = type }, TestContext.Current.CancellationToken);
            var receipt = await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
            (await NextAsync(listener)).ShouldBe(Expected(receipt, type));
        }
    }

    [Fact]
    public async Task OnMessage_AfterACut_GoesOnWhereItWas()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Listeners:Retry", "00:00:00.1"));
        await using var relay = new Relay(gateway.Address);
        await using var listener = await programs.OnMessageAsync(new(relay.Address, "/stream"));
        await listener.LineAsync();
        var before = await gateway.PushAsync("before");
        (await NextAsync(listener)).ShouldBe(Expected(before, "before"));

        relay.Cut();
        var meanwhile = await gateway.PushAsync("meanwhile");
        relay.Restore();

        (await NextAsync(listener)).Data.ShouldStartWith("Connected at ");
        (await NextAsync(listener)).ShouldBe(Expected(meanwhile, "meanwhile"));
    }

    private static Event Expected(JsonElement receipt, string text) =>
        new($"[{receipt.GetProperty("timestamp").GetString()}] {text}", receipt.GetProperty("id").GetString()!, "message");

    private static async Task<Event> NextAsync(ChildProcess listener) =>
        JsonSerializer.Deserialize<Event>(await listener.LineAsync(), JsonSerializerOptions.Web)!;

    private sealed record Event(string Data, string Id, string Type);
}
