using System.Text.Json;
using Webstream.Gateway.Streams;
using Webstream.Gateway.Tests.Hosting;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Changing;

[Collection(ChangingTests.Name)]
public sealed class DeleteTests(ChangingGateway fixture)
{
    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    [Fact]
    public async Task Delete_WithListeners_TellsThemAndGoesOn()
    {
        await using var listener = await gateway.ListenAsync($"/stream/{stream}");
        await gateway.PushAsync("old", stream);
        await listener.NextAsync();
        var old = listener.LastEventId;

        var head = (await gateway.DeleteStreamAsync(stream)).GetProperty("head").GetString()!;

        var verdict = await listener.NextAsync();
        verdict.EventType.ShouldBe("resume");
        EventId.TryParse(old, out var from).ShouldBeTrue();
        EventId.TryParse(head, out var to).ShouldBeTrue();
        JsonSerializer.Deserialize(verdict.Data, WireJson.Instance.ResumeVerdict)
            .ShouldBe(new(ResumeStatus.Reset, from, to, 0, Reason: ResumeVerdict.Deleted));
        (to.Sequence, to.Epoch == from.Epoch).ShouldBe((0, false));
        (await gateway.MessagesAsync(stream)).ShouldBeEmpty();
        await gateway.PushAsync("new", stream);
        (await listener.NextAsync()).Data.ShouldEndWith("] new");
        (await gateway.MessagesAsync(stream)).ShouldBe(["new"]);
    }

    [Fact]
    public async Task Resume_WithAnIdFromBefore_HearsWhy()
    {
        var old = (await gateway.PushAsync("old", stream)).GetProperty("id").GetString()!;
        await gateway.DeleteStreamAsync(stream);

        await using (var back = await gateway.ListenAsync($"/stream/{stream}", old))
        {
            (await back.NextAsync()).Data.ShouldContain("\"reason\":\"deleted\"");
        }

        (await gateway.GetAsync($"/api/streams/{stream}/messages?after={old}")).GetProperty("resume").GetProperty("reason").GetString().ShouldBe("deleted");
        await gateway.PushAsync("new", stream);
        await using var later = await gateway.ListenAsync($"/stream/{stream}", old);
        (await later.NextAsync()).Data.ShouldContain("\"reason\":\"deleted\"");
        (await later.NextAsync()).Data.ShouldEndWith("] new");
    }

    [Theory]
    [InlineData("")]
    [InlineData("&inReplyTo=")]
    public async Task Delete_WhileAReaderWaits_IsToldToItAtOnce(string replies)
    {
        var old = (await gateway.PushAsync("old", stream)).GetProperty("id").GetString()!;
        var replyTo = replies.Length > 0 ? replies + old : "";
        var waiting = gateway.GetAsync($"/api/streams/{stream}/messages?after={old}&wait=45{replyTo}");
        await Until.TrueAsync(() => gateway.Service<StreamRegistry>().Find(StreamName.Parse(stream)) is not null);

        await gateway.DeleteStreamAsync(stream);

        var page = await waiting.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        var verdict = page.GetProperty("resume");
        (verdict.GetProperty("status").GetString(), verdict.GetProperty("reason").GetString()).ShouldBe(("reset", "deleted"));
        page.GetProperty("next").GetString().ShouldNotBe(old);
    }

    [Fact]
    public async Task Delete_OfAClosedStream_OpensItAndForgetsItsKeys()
    {
        var body = $$"""{"message":"text","stream":"{{stream}}","idempotencyKey":"k"}""";
        await gateway.PostAsync("/api/push", body).OkAsync();
        await gateway.CloseStreamAsync(stream);
        await gateway.PutSettingsAsync(stream, """{"description":"kept"}""").OkAsync();

        await gateway.DeleteStreamAsync(stream);

        var settings = await gateway.GetAsync($"/api/streams/{stream}/settings");
        (settings.GetProperty("closed").GetBoolean(), settings.GetProperty("description").GetString()).ShouldBe((false, "kept"));
        (await gateway.PostAsync("/api/push", body).OkAsync()).GetProperty("duplicate").GetBoolean().ShouldBeFalse();
        await using var listener = await gateway.ListenAsync($"/stream/{stream}?history=5");
        (await listener.NextAsync()).Data.ShouldEndWith("] text");
        await gateway.PushAsync("live", stream);
        (await listener.NextAsync()).Data.ShouldEndWith("] live");
    }

    [Fact]
    public async Task Delete_OfAStreamThatNobodyPushedTo_LeavesNothingBehind()
    {
        (await gateway.DeleteStreamAsync(stream)).GetProperty("head").GetString().ShouldBe("0-0");
        await Until.TrueAsync(async () => !(await gateway.OwnersAsync()).Contains(stream));
    }

    [Fact]
    public async Task Delete_Stream_LeavesTheList()
    {
        await gateway.PushAsync("text", stream);
        await Until.TrueAsync(IsListedAsync);
        await gateway.DeleteStreamAsync(stream);
        await Until.TrueAsync(async () => !await IsListedAsync());
    }

    private async Task<bool> IsListedAsync() =>
        (await gateway.GetAsync($"/api/streams?prefix={stream}")).GetProperty("streams").GetArrayLength() > 0;
}
