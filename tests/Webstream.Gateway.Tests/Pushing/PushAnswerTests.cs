using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Pushing;

public sealed class PushAnswerTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private static readonly string[] Members = ["status", "message", "timestamp", "clients", "id", "stream", "gateways", "duplicate"];
    private static readonly string[] BatchMembers =
        ["status", "accepted", "firstId", "lastId", "stream", "timestamp", "clients", "gateways", "duplicate"];

    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    [Fact]
    public async Task Answer_ToAMessage_HasTheOriginalsMembersAndOurs()
    {
        await using var one = await gateway.ListenAsync($"/stream/{stream}");
        await using var other = await gateway.ListenAsync($"/stream/{stream}");

        var answer = await gateway.PushAsync("hello", stream);

        answer.MemberNames().ShouldBe(Members);
        answer.GetProperty("status").GetString().ShouldBe("success");
        answer.GetProperty("message").GetString().ShouldBe("hello");
        answer.GetProperty("timestamp").GetString()!.ShouldMatch(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$");
        answer.GetProperty("clients").GetInt32().ShouldBe(2);
        answer.GetProperty("gateways").GetInt32().ShouldBe(1);
        answer.GetProperty("id").GetString()!.ShouldMatch("^[0-9a-f]{1,16}-1$");
        answer.GetProperty("stream").GetString().ShouldBe(stream);
        answer.GetProperty("duplicate").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task Answer_ToAMessageWithAType_NamesIt()
    {
        var answer = await gateway.PostAsync($"/api/push?stream={stream}&event=note", "text", "text/plain").OkAsync();

        answer.MemberNames().ShouldBe(["status", "message", "timestamp", "clients", "id", "stream", "event", "gateways", "duplicate"]);
        answer.GetProperty("event").GetString().ShouldBe("note");
    }

    [Fact]
    public async Task Answer_ToABatch_HasTheFirstAndTheLastId()
    {
        await gateway.PushAsync("before", stream);

        var answer = await gateway.PostAsync(
            $"/api/push?stream={stream}", "{\"message\":\"a\"}\n{\"message\":\"b\"}\n{\"message\":\"c\"}", "application/x-ndjson").OkAsync();

        answer.MemberNames().ShouldBe(BatchMembers);
        answer.GetProperty("status").GetString().ShouldBe("success");
        answer.GetProperty("accepted").GetInt32().ShouldBe(3);
        answer.GetProperty("firstId").GetString().ShouldEndWith("-2");
        answer.GetProperty("lastId").GetString().ShouldBe(await gateway.HeadAsync(stream));
        answer.GetProperty("lastId").GetString().ShouldEndWith("-4");
        answer.GetProperty("clients").GetInt32().ShouldBe(0);
        answer.GetProperty("gateways").GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task Answer_AfterAListenerLeft_CountsItNoMore()
    {
        await using var stays = await gateway.ListenAsync($"/stream/{stream}");
        var leaves = await gateway.ListenAsync($"/stream/{stream}");
        (await gateway.PushAsync("both", stream)).GetProperty("clients").GetInt32().ShouldBe(2);

        await leaves.DisposeAsync();

        await Until.EqualAsync(async () => (await gateway.PushAsync("one", stream)).GetProperty("clients").GetInt32(), 1);
    }
}
