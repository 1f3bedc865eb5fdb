using System.Net;
using System.Text.Json;
using Webstream.Gateway.Reading;
using Webstream.Gateway.Streams;
using Webstream.Gateway.Tests.Hosting;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Reading;

public sealed class WaitTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Wait_ForAPush_IsAnsweredByIt(bool hasHistory)
    {
        var after = hasHistory ? (await gateway.PushAsync("before", stream)).GetProperty("id").GetString() : "0-0";
        var waiting = gateway.GetAsync($"/api/streams/{stream}/messages?after={after}&wait=45");
        await HeldAsync(gateway, stream);
        waiting.IsCompleted.ShouldBeFalse();

        var pushed = await gateway.PushAsync("now", stream);

        var page = await waiting;
        TextsOf(page).ShouldBe(["now"]);
        page.GetProperty("next").GetString().ShouldBe(pushed.GetProperty("id").GetString());
        page.GetProperty("resume").GetProperty("status").GetString().ShouldBe("recovered");
    }

    [Fact]
    public async Task Wait_WithoutAnId_IsAnsweredByTheFirstMessageOfAll()
    {
        var waiting = gateway.GetAsync($"/api/streams/{stream}/messages?wait=45");
        await HeldAsync(gateway, stream);

        await gateway.PushAsync("first", stream);

        var page = await waiting;
        TextsOf(page).ShouldBe(["first"]);
        page.TryGetProperty("resume", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Wait_WhenThereIsSomethingNew_AnswersWithoutWaiting()
    {
        await gateway.PushAsync("there", stream);

        TextsOf(await gateway.GetAsync($"/api/streams/{stream}/messages?after=0-0&wait=45")).ShouldBe(["there"]);

        gateway.Service<StreamRegistry>().Find(StreamName.Parse(stream)).ShouldBeNull("nothing was waited for");
    }

    [Fact]
    public async Task Wait_ForAReply_IsNotAnsweredByOtherMessages()
    {
        var asked = (await gateway.PushAsync("asked", stream)).GetProperty("id").GetString();
        var waiting = gateway.GetAsync($"/api/streams/{stream}/messages?after={asked}&inReplyTo={asked}&wait=45");
        await HeldAsync(gateway, stream);

        await gateway.PushAsync("something else", stream);
        var reply = await gateway.PostAsync(
            "/api/push", JsonSerializer.Serialize(new { message = "yes", stream, inReplyTo = asked, @event = "reply" })).OkAsync();

        var page = await waiting;
        TextsOf(page).ShouldBe(["yes"]);
        page.GetProperty("next").GetString().ShouldBe(reply.GetProperty("id").GetString());
    }

    [Fact]
    public async Task Wait_ForManyAtOnce_IsAnsweredToEach()
    {
        var waiting = Enumerable.Range(0, 50).Select(_ => gateway.GetAsync($"/api/streams/{stream}/messages?after=0-0&wait=45")).ToArray();
        await HeldAsync(gateway, stream);

        await gateway.PushAsync("now", stream);

        foreach (var page in await Task.WhenAll(waiting))
        {
            TextsOf(page).ShouldBe(["now"]);
        }
    }

    [Fact]
    public async Task Wait_ThatRunsOut_AnswersAnEmptyPageAndItsCursor()
    {
        var head = (await gateway.PushAsync("before", stream)).GetProperty("id").GetString();

        var page = await gateway.GetAsync($"/api/streams/{stream}/messages?after={head}&wait=0.05");

        TextsOf(page).ShouldBeEmpty();
        page.GetProperty("next").GetString().ShouldBe(head);
        page.GetProperty("head").GetString().ShouldBe(head);
        page.GetProperty("resume").GetProperty("status").GetString().ShouldBe("recovered");
    }

    [Fact]
    public async Task Wait_WhenTheGatewayShutsDown_EndsAndMayBeRepeatedElsewhere()
    {
        await using var other = await TestGateway.StartAsync();
        var waiting = other.SendAsync(HttpMethod.Get, $"/api/streams/{stream}/messages?wait=45");
        await HeldAsync(other, stream);

        await other.StopAsync();

        using var answer = await waiting;
        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        answer.Headers.RetryAfter!.Delta.ShouldNotBeNull();
        (await answer.ProblemAsync(503)).ShouldBe("This gateway is shutting down. Ask again with the same cursor.");
    }

    [Fact]
    public async Task Wait_ForTheFirstMessageOfAll_MakesNothingInTheCluster()
    {
        var waiting = gateway.GetAsync($"/api/streams/{stream}/messages?wait=45");
        await HeldAsync(gateway, stream);

        gateway.Service<StreamRegistry>().Find(StreamName.Parse(stream)).ShouldBeNull();
        (await gateway.OwnersAsync()).ShouldNotContain(stream);

        // A push at another gateway reaches the stream in this way.
        await gateway.Service<IGrainFactory>().GetGrain<IStreamGrain>(stream).Push(
            new([new() { Message = "elsewhere" }], "k", TimeSpan.FromSeconds(10)));
        TextsOf(await waiting).ShouldBe(["elsewhere"]);
        await Until.TrueAsync(() => !gateway.Service<FirstMessages>().IsWaitedFor(StreamName.Parse(stream)));
    }

    [Fact]
    public async Task Wait_ForTheFirstMessageThatDoesNotCome_AnswersAnEmptyPage()
    {
        var page = await gateway.GetAsync($"/api/streams/{stream}/messages?wait=0.05");

        TextsOf(page).ShouldBeEmpty();
        page.GetProperty("next").GetString().ShouldBe("0-0");
        gateway.Service<FirstMessages>().IsWaitedFor(StreamName.Parse(stream)).ShouldBeFalse();
    }

    // A request that waits has found nothing. It waits for the stream to begin, or brings the stream to this gateway. No other caller here does so.
    private static async Task HeldAsync(TestGateway gateway, string stream) => await Until.TrueAsync(
        () => gateway.Service<FirstMessages>().IsWaitedFor(StreamName.Parse(stream)) || gateway.Service<StreamRegistry>().Find(StreamName.Parse(stream)) is not null);

    private static string[] TextsOf(JsonElement page) =>
        [.. page.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("message").GetString()!)];
}
