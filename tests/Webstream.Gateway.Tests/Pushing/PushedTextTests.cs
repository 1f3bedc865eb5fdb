using System.Text.Json;
using CsCheck;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Pushing;

/// <summary>Any text that is pushed over a real socket comes out of the real stream as it went in, and as nothing but text.</summary>
public sealed class PushedTextTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private const int Texts = 400;

    private readonly TestGateway gateway = fixture.Gateway;

    [Fact]
    public async Task Stream_OfAnyText_GivesItBackInBothFormats()
    {
        var stream = TestStream.New();
        await using var text = await gateway.ListenAsync($"/stream/{stream}");
        await using var json = await gateway.ListenAsync($"/stream/{stream}?format=json");

        await HostileText.Any.SampleAsync(async pushed =>
        {
            var answer = await PushAsync(stream, pushed);
            var (asText, asJson) = (await text.NextAsync(), await json.NextAsync());

            var expected = HostileText.WellFormed(pushed);
            answer.GetProperty("message").GetString().ShouldBe(expected);
            var id = answer.GetProperty("id").GetString();
            (asText.EventId, asText.EventType).ShouldBe((id, "message"));
            asText.Data.ShouldBe(HostileText.WithLineFeeds($"[{answer.GetProperty("timestamp").GetString()}] {expected}"));
            (asJson.EventId, asJson.EventType).ShouldBe((id, "message"));
            using var record = JsonDocument.Parse(asJson.Data);
            record.RootElement.GetProperty("message").GetString().ShouldBe(expected);
            record.RootElement.GetProperty("id").GetString().ShouldBe(id);
        }, iter: Texts, threads: 1);
    }

    [Fact]
    public async Task Stream_OfAnyText_HasExactlyTheLinesOfOneMessage()
    {
        var stream = TestStream.New();
        using var text = await BlockListener.ConnectAsync(new(gateway.Address, $"/stream/{stream}"));
        using var json = await BlockListener.ConnectAsync(new(gateway.Address, $"/stream/{stream}?format=json&events=typed"));
        text.Opening.ShouldBe("retry: 2000\nevent: cut");
        text.Connected.ShouldMatch(@"\A(: waiting for the cluster\n)?data: Connected at \S{32}\nid: 0-0\z");

        await HostileText.Any.SampleAsync(async pushed =>
        {
            var answer = await PushAsync(stream, pushed);

            var id = answer.GetProperty("id").GetString();
            var lines = HostileText.WithLineFeeds(HostileText.WellFormed(pushed)).Split('\n');
            var block = await text.NextBlockAsync();
            block.Split('\n').ShouldBe(
                [$"data: [{answer.GetProperty("timestamp").GetString()}] {lines[0]}", .. lines.Skip(1).Select(line => $"data: {line}"), $"id: {id}"]);
            block.ShouldNotContain('\r');
            var record = (await json.NextBlockAsync()).Split('\n');
            record.Length.ShouldBe(3);
            (record[0], record[2]).ShouldBe(("event: note", $"id: {id}"));
            record[1].ShouldStartWith("data: {\"id\":");
            // Clients that split lines at these characters would cut the JSON.
            record[1].IndexOfAny(['\r', '\u2028', '\u2029', '\0']).ShouldBe(-1);
        }, iter: Texts, threads: 1);
    }

    private Task<JsonElement> PushAsync(string stream, string text) =>
        gateway.PostAsync($"/api/push?stream={stream}&event=note", $"{{\"message\":{HostileText.ToJson(text)}}}").OkAsync();
}
