using System.Text.Json;
using Webstream.Gateway.Tests.Hosting;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Listening;

/// <summary>A stream that was quiet for a long time gives way to a new one.</summary>
public sealed class ForgottenTests
{
    private static readonly (string, string)[] Settings =
    [
        ("Webstream:Log:MaxStreams", "2"),
        ("Webstream:Log:QuietFor", "00:00:01"),
        ("Webstream:Hub:Linger", "00:00:00"),
        ("Webstream:Presence:ReportInterval", "00:00:00.2"),
        ("Webstream:Presence:Lease", "00:00:01"),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Resume_OfAStreamThatGaveWay_IsAResetWithItsReason(bool pushedAgain)
    {
        await using var gateway = await TestGateway.StartAsync(Settings);
        string id;
        await using (var listener = await gateway.ListenAsync("/stream/quiet"))
        {
            await gateway.PushAsync("before", "quiet");
            await listener.NextAsync();
            id = listener.LastEventId;
        }

        // A listener follows this stream; otherwise it would soon be the quietest one.
        await using var other = await gateway.ListenAsync("/stream/other");
        await gateway.PushAsync("text", "other");
        await UntilPushedAsync(gateway, "new");
        (await gateway.HeadAsync("quiet")).ShouldBe("0-0");
        var head = EventId.Zero;
        if (pushedAgain)
        {
            await UntilPushedAsync(gateway, "quiet");
            EventId.TryParse(await gateway.HeadAsync("quiet"), out head).ShouldBeTrue();
        }

        await using var back = await gateway.ListenAsync("/stream/quiet", id);
        EventId.TryParse(id, out var from).ShouldBeTrue();
        var verdict = await back.NextAsync();
        verdict.EventType.ShouldBe("resume");
        verdict.Data.ShouldContain("\"reason\":\"forgotten\"");
        JsonSerializer.Deserialize(verdict.Data, WireJson.Instance.ResumeVerdict).ShouldBe(
            new(ResumeStatus.Reset, from, head, pushedAgain ? 1 : 0, Reason: ResumeVerdict.Forgotten));
        if (pushedAgain)
        {
            (await back.NextAsync()).Data.ShouldEndWith("] text");
        }

        var page = await gateway.GetAsync($"/api/streams/quiet/messages?after={id}");
        page.GetProperty("resume").GetProperty("status").GetString().ShouldBe("reset");
        page.GetProperty("resume").GetProperty("reason").GetString().ShouldBe("forgotten");
        page.GetProperty("messages").GetArrayLength().ShouldBe(pushedAgain ? 1 : 0);
    }

    [Fact]
    public async Task Resume_OfALostHistory_HasNoReason()
    {
        await using var gateway = await TestGateway.StartAsync();
        await gateway.PushAsync("text", "s");
        await using var listener = await gateway.ListenAsync("/stream/s", "abc-90");
        (await listener.NextAsync()).Data.ShouldNotContain("reason");
    }

    [Fact]
    public async Task Stream_ThatIsListenedTo_DoesNotGiveWayHoweverQuiet()
    {
        await using var gateway = await TestGateway.StartAsync(Settings);
        await using var listener = await gateway.ListenAsync("/stream/quiet");
        await gateway.PushAsync("before", "quiet");
        await listener.NextAsync();
        await gateway.PushAsync("text", "other");

        // This stream is the quietest one when the other stream gives way.
        await UntilPushedAsync(gateway, "new");

        (await gateway.HeadAsync("other")).ShouldBe("0-0");
        (await gateway.MessagesAsync("quiet")).ShouldBe(["before"]);
        await gateway.PushAsync("after", "quiet");
        (await listener.NextAsync()).Data.ShouldEndWith("] after");
        listener.LastEventId.ShouldBe(await gateway.HeadAsync("quiet"));
    }

    private static async Task UntilPushedAsync(TestGateway gateway, string stream) => await Until.EqualAsync(
        async () =>
        {
            using var answer = await gateway.PostAsync($"/api/push?stream={stream}", "text", "text/plain");
            return (int)answer.StatusCode;
        },
        200);
}
