using System.Text.Json;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Reading;

public sealed class ReadMessagesTests(ReadMessagesTests.Fixture fixture) : IClassFixture<ReadMessagesTests.Fixture>
{
    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    public sealed class Fixture() : GatewayFixture(("Webstream:Log:RetainedMessages", "50"));

    [Fact]
    public async Task Read_OfAStream_HasItsMessagesAndTheCursor()
    {
        var pushed = await gateway.PushAsync("text", stream);

        var page = await ReadAsync("");

        page.MemberNames().ShouldBe(["stream", "messages", "next", "head"]);
        page.GetProperty("stream").GetString().ShouldBe(stream);
        var message = page.GetProperty("messages").EnumerateArray().ShouldHaveSingleItem();
        message.MemberNames().ShouldBe(["id", "stream", "timestamp", "message"]);
        message.GetProperty("id").GetString().ShouldBe(pushed.GetProperty("id").GetString());
        message.GetProperty("timestamp").GetString().ShouldBe(pushed.GetProperty("timestamp").GetString());
        page.GetProperty("next").GetString().ShouldBe(pushed.GetProperty("id").GetString());
        page.GetProperty("head").GetString().ShouldBe(pushed.GetProperty("id").GetString());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(25)]
    [InlineData(1000)]
    public async Task Cursor_FollowedToTheEnd_WalksEverythingOnce(int limit)
    {
        var texts = await PushManyAsync(25);
        var read = new List<string>();
        var query = $"limit={limit}";
        while (true)
        {
            var page = await ReadAsync(query);
            var messages = TextsOf(page);
            if (messages.Length == 0)
            {
                page.GetProperty("next").GetString().ShouldBe(page.GetProperty("head").GetString());
                break;
            }

            messages.Length.ShouldBeLessThanOrEqualTo(limit);
            read.AddRange(messages);
            query = $"limit={limit}&after={page.GetProperty("next").GetString()}";
        }

        read.ShouldBe(texts);
    }

    [Fact]
    public async Task Read_OfAStreamNobodyPushedTo_IsEmptyAtItsBeginning()
    {
        var page = await ReadAsync("after=0-0");

        TextsOf(page).ShouldBeEmpty();
        page.GetProperty("next").GetString().ShouldBe("0-0");
        page.GetProperty("resume").GetProperty("status").GetString().ShouldBe("recovered");
    }

    [Fact]
    public async Task Verdict_OnAnIdOfThisStream_IsRecovered()
    {
        await PushManyAsync(3);
        var second = (await ReadAsync("limit=2")).GetProperty("next").GetString();

        var page = await ReadAsync($"after={second}");

        TextsOf(page).ShouldBe(["m3"]);
        page.GetProperty("resume").GetRawText().ShouldBe(
            $$"""{"status":"recovered","from":"{{second}}","to":"{{page.GetProperty("head").GetString()}}","replayed":1}""");
    }

    [Fact]
    public async Task Verdict_OnAnIdThatRetentionHasPassed_IsAGapWithTheNumberMissed()
    {
        var first = (await gateway.PushAsync("m0", stream)).GetProperty("id").GetString();
        await PushManyAsync(60);

        var page = await ReadAsync($"after={first}&limit=10");

        // 61 were pushed and 50 are kept: 12 to 61. After the first, 2 to 11 are gone.
        TextsOf(page).ShouldBe(Enumerable.Range(11, 10).Select(i => $"m{i}"));
        page.GetProperty("resume").GetRawText().ShouldBe(
            $$"""{"status":"gap","from":"{{first}}","to":"{{page.GetProperty("head").GetString()}}","replayed":50,"missed":10}""");
    }

    [Theory]
    [InlineData("1234567890abcdef-1")]
    [InlineData("1234567890abcdef-1000")]
    public async Task Verdict_OnAnIdOfAnotherEpoch_IsAResetWithAllThatIsRetained(string id)
    {
        var texts = await PushManyAsync(3);

        var page = await ReadAsync($"after={id}");

        TextsOf(page).ShouldBe(texts);
        page.GetProperty("resume").GetRawText().ShouldBe(
            $$"""{"status":"reset","from":"{{id}}","to":"{{page.GetProperty("head").GetString()}}","replayed":3}""");
    }

    [Fact]
    public async Task Verdict_OnAnIdAheadOfTheHead_IsAReset()
    {
        var texts = await PushManyAsync(2);
        var ahead = (await gateway.HeadAsync(stream)).Replace("-2", "-9", StringComparison.Ordinal);

        var page = await ReadAsync($"after={ahead}");

        TextsOf(page).ShouldBe(texts);
        page.GetProperty("resume").GetProperty("status").GetString().ShouldBe("reset");
    }

    [Theory]
    [InlineData("after=abc", "after is the id of a message, as <epoch>-<sequence>.")]
    [InlineData("after=5", "after is the id of a message, as <epoch>-<sequence>.")]
    [InlineData("after=0-1", "after is the id of a message, as <epoch>-<sequence>.")]
    [InlineData("after=ABCDEF-1", "after is the id of a message, as <epoch>-<sequence>.")]
    [InlineData("after=12-01", "after is the id of a message, as <epoch>-<sequence>.")]
    [InlineData("after=12-9223372036854775808", "after is the id of a message, as <epoch>-<sequence>.")]
    [InlineData("inReplyTo=abc", "inReplyTo is the id of a message, as <epoch>-<sequence>.")]
    [InlineData("limit=0", "limit is a whole number from 1 to 1000.")]
    [InlineData("limit=1001", "limit is a whole number from 1 to 1000.")]
    [InlineData("limit=-1", "limit is a whole number from 1 to 1000.")]
    [InlineData("limit=1.5", "limit is a whole number from 1 to 1000.")]
    [InlineData("limit=many", "limit is a whole number from 1 to 1000.")]
    [InlineData("wait=45.1", "wait is a number from 0 to 45.")]
    [InlineData("wait=-1", "wait is a number from 0 to 45.")]
    [InlineData("wait=NaN", "wait is a number from 0 to 45.")]
    [InlineData("wait=1e1", "wait is a number from 0 to 45.")]
    public async Task Read_WithABadQuery_IsRefusedWithWordsThatMendIt(string query, string error) =>
        (await gateway.SendAsync(HttpMethod.Get, $"/api/streams/{stream}/messages?{query}").ProblemAsync(400)).ShouldBe(error);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(100)]
    public async Task Read_OfTheRepliesToOneMessage_FindsEachOnceAmongTheOthers(int limit)
    {
        var asked = (await gateway.PushAsync("asked", stream)).GetProperty("id").GetString()!;
        var other = (await gateway.PushAsync("other", stream)).GetProperty("id").GetString()!;
        foreach (var i in Enumerable.Range(0, 5))
        {
            await PushManyAsync(3);
            await ReplyAsync($"to other {i}", other);
            await ReplyAsync($"yes {i}", asked);
        }

        var read = new List<string>();
        var after = asked;
        for (var page = await ReadAsync($"inReplyTo={asked}&limit={limit}&after={after}"); TextsOf(page).Length > 0;
            page = await ReadAsync($"inReplyTo={asked}&limit={limit}&after={after}"))
        {
            TextsOf(page).Length.ShouldBeLessThanOrEqualTo(limit);
            read.AddRange(TextsOf(page));
            after = page.GetProperty("next").GetString()!;
        }

        read.ShouldBe(Enumerable.Range(0, 5).Select(i => $"yes {i}"));
    }

    private static string[] TextsOf(JsonElement page) =>
        [.. page.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("message").GetString()!)];

    private Task<JsonElement> ReadAsync(string query) => gateway.GetAsync($"/api/streams/{stream}/messages?{query}");

    private Task<JsonElement> ReplyAsync(string message, string inReplyTo) =>
        gateway.PostAsync("/api/push", JsonSerializer.Serialize(new { message, stream, inReplyTo, @event = "reply" })).OkAsync();

    private async Task<string[]> PushManyAsync(int count)
    {
        string[] texts = [.. Enumerable.Range(1, count).Select(i => $"m{i}")];
        var lines = string.Join('\n', texts.Select(message => JsonSerializer.Serialize(new { message })));
        await gateway.PostAsync($"/api/push?stream={stream}", lines, "application/x-ndjson").OkAsync();
        return texts;
    }
}
