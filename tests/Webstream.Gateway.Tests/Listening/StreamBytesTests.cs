using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Listening;

/// <summary>The bytes that a listener gets: how a response begins, and that ids are the last lines of their blocks.</summary>
public sealed class StreamBytesTests
{
    private const string Time = @"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00";

    // The comment comes when counting takes more than a second.
    private const string Opening = @"retry: 2000\nevent: cut\n\n(: waiting for the cluster\n)?";

    [Theory]
    [InlineData("", "")]
    [InlineData("?events=typed", "event: note\n")]
    public async Task Stream_AsText_HasTheOriginalsLinesAndThenTheId(string query, string type)
    {
        await using var gateway = await TestGateway.StartAsync();
        using var listener = await RawListener.ConnectAsync(gateway, "/stream" + query, keepsText: true);
        var id = await PushAsync(gateway);
        await listener.NextAsync();

        listener.Text.ShouldMatch(
            $@"\A{Opening}data: Connected at {Time}\nid: 0-0\n\n{type}data: \[{Time}\] one\ndata: two\nid: {id}\n\n\z");
    }

    [Theory]
    [InlineData("?format=json", "")]
    [InlineData("?format=json&events=typed", "event: note\n")]
    public async Task Stream_AsJson_HasAnObjectAndThenTheId(string query, string type)
    {
        await using var gateway = await TestGateway.StartAsync();
        using var listener = await RawListener.ConnectAsync(gateway, "/stream" + query, keepsText: true);
        var id = await PushAsync(gateway);
        await listener.NextAsync();

        listener.Text.ShouldMatch(
            $$"""\A{{Opening}}data: \{"id":"0-0","stream":"main",[^\n]*"event":"open",[^\n]*\}{{'\n'}}id: 0-0{{"\n\n"}}{{type}}data: \{"id":"{{id}}",[^\n]*"message":"one\\ntwo"\}{{'\n'}}id: {{id}}{{"\n\n"}}\z""");
    }

    [Fact]
    public async Task Response_ToAListenerThatComesBack_BeginsAsTheFirstOne()
    {
        await using var gateway = await TestGateway.StartAsync();
        var head = await gateway.PushManyAsync(3, "main");
        foreach (var from in new[] { $"{head.Epoch:x}-2", "abc-7", "nonsense", $"{head.Epoch:x}-9" })
        {
            using var listener = await RawListener.ConnectAsync(gateway, lastEventId: from, keepsText: true);
            (await listener.NextAsync())!.Value.Type.ShouldBe("resume");

            listener.Text.ShouldMatch(
                $$"""\A{{Opening}}data: Connected at {{Time}}\nid: {{head.Epoch:x}}-\d+\n\nevent: resume\ndata: \{"status":[^\n]*\}\n\n""", from);
        }
    }

    private static async Task<string> PushAsync(TestGateway gateway) =>
        (await gateway.PostAsync("/api/push", """{"message":"one\ntwo","event":"note"}""").OkAsync()).GetProperty("id").GetString()!;
}
