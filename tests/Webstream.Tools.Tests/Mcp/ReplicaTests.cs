using Webstream.Tools.Tests.Hosting;

namespace Webstream.Tools.Tests.Mcp;

/// <summary>Any gateway answers any request. Two gateways behind a load balancer without sessions behave like one.</summary>
public sealed class ReplicaTests
{
    public static TheoryData<string> AllRevisions => Revisions.All;

    [Theory]
    [MemberData(nameof(AllRevisions))]
    public async Task Calls_ThroughARoundRobinProxy_AllSucceed(string revision)
    {
        const int Calls = 200;
        await using var silo = await TestSilo.StartAsync();
        await using var one = await TestGateway.StartAsync(silo.SettingsOf("one"));
        await using var two = await TestGateway.StartAsync(silo.SettingsOf("two"));
        await using var proxy = await RoundRobinProxy.StartAsync(one.Address, two.Address);
        var stream = TestStream.New();
        await using var first = await one.ListenAsync($"/stream/{stream}");
        await using var second = await two.ListenAsync($"/stream/{stream}");
        await using var client = await TestClient.ConnectAsync(proxy.Address, revision, "test-client");

        for (var call = 0; call < Calls; call++)
        {
            var pushed = (await client.CallAsync("push_stream", new { message = $"{call}", stream })).Ok();
            pushed.Members.GetProperty("clients").GetInt32().ShouldBe(2);
            pushed.Members.GetProperty("gateways").GetInt32().ShouldBe(2);
        }

        proxy.Requests.ShouldAllBe(requests => requests >= Calls / 2);
        foreach (var listener in new[] { first, second })
        {
            (await listener.TakeAsync(Calls)).Select(item => item.Data.Split(' ')[^1]).ShouldBe(Enumerable.Range(0, Calls).Select(call => $"{call}"));
        }
    }

    [Fact]
    public async Task Cursor_OfOneGateway_IsGoodAtTheOther()
    {
        await using var silo = await TestSilo.StartAsync();
        await using var one = await TestGateway.StartAsync(silo.SettingsOf("one"));
        await using var two = await TestGateway.StartAsync(silo.SettingsOf("two"));
        await using var asker = await TestClient.ConnectAsync(one);
        await using var reader = await TestClient.ConnectAsync(two);
        var stream = TestStream.New();

        var asked = (await asker.CallAsync("ask_stream", new { question = "?", stream, wait_seconds = 0 })).Ok();
        var reading = reader.CallAsync("read_stream", new { stream, after = asked["next"], inReplyTo = asked["questionId"], wait_seconds = 45 });
        await one.PostAsync("/api/push", $$"""{"message":"yes","stream":"{{stream}}","event":"reply","inReplyTo":"{{asked["questionId"]}}"}""").OkAsync();

        (await reading).Ok().Members.GetProperty("messages")[0].GetProperty("text").GetString().ShouldBe("yes");
    }
}
