using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Changing;

[Collection(ChangingTests.Name)]
public sealed class StreamSettingsTests(ChangingGateway fixture)
{
    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    [Fact]
    public async Task Get_StreamThatNobodyKnows_IsWhatConfigurationSays()
    {
        (await gateway.GetAsync($"/api/streams/{stream}/settings")).ToString().ShouldBe(
            """{"retainedMessages":10000,"retainedBytes":16777216,"retention":"7.00:00:00","read":"open","write":"loopback","listed":true,"closed":false}""");
        // The first pattern that matches counts, and only that one.
        (await gateway.GetAsync($"/api/streams/ci.{stream}/settings")).ToString().ShouldBe(
            """{"retainedMessages":3,"retainedBytes":16777216,"retention":"1.00:00:00","description":"builds","read":"open","write":"loopback","listed":true,"closed":false}""");
        (await gateway.OwnersAsync()).ShouldNotContain(stream);
    }

    [Fact]
    public async Task Put_BeforeTheFirstMessage_HoldsForIt()
    {
        await gateway.PutSettingsAsync(stream, """{"retainedMessages":2}""").OkAsync();
        await PushAsync(4);
        (await gateway.MessagesAsync(stream)).ShouldBe(["3", "4"]);
    }

    [Fact]
    public async Task Put_SomeMembers_LeavesTheOthers()
    {
        await gateway.PutSettingsAsync(stream, """{"retainedMessages":2,"description":"first"}""").OkAsync();
        var set = await gateway.PutSettingsAsync(stream, """{"retention":"2.12:00:00","description":"then"}""").OkAsync();
        set.ToString().ShouldBe("""{"retainedMessages":2,"retainedBytes":16777216,"retention":"2.12:00:00","description":"then","read":"open","write":"loopback","listed":true,"closed":false}""");
        (await gateway.GetAsync($"/api/streams/{stream}/settings")).ToString().ShouldBe(set.ToString());

        var reset = await gateway.PutSettingsAsync(stream, """{"retainedMessages":null,"description":null}""").OkAsync();
        reset.ToString().ShouldBe("""{"retainedMessages":10000,"retainedBytes":16777216,"retention":"2.12:00:00","read":"open","write":"loopback","listed":true,"closed":false}""");
    }

    [Fact]
    public async Task Put_OverAPattern_WinsAndHoldsAtOnce()
    {
        await PushAsync(5, "ci.");
        (await gateway.MessagesAsync($"ci.{stream}")).ShouldBe(["3", "4", "5"]);
        await gateway.PutSettingsAsync($"ci.{stream}", """{"retainedMessages":4}""").OkAsync();
        await PushAsync(2, "ci.");
        (await gateway.MessagesAsync($"ci.{stream}")).ShouldBe(["4", "5", "1", "2"]);
        await gateway.PutSettingsAsync($"ci.{stream}", """{"retainedMessages":1}""").OkAsync();
        (await gateway.MessagesAsync($"ci.{stream}")).ShouldBe(["2"]);
    }

    [Theory]
    [InlineData("""{"closed":true}""", "DELETE /api/streams/{name}")]
    [InlineData("""{"closed":false}""", "DELETE /api/streams/{name}")]
    [InlineData("""{"retainedMessages":20001}""", "at most 20000", "Webstream__Log__MaxRetainedMessages")]
    [InlineData("""{"retainedMessages":0}""", "from 1 to")]
    [InlineData("""{"retainedMessages":"10"}""", "whole number")]
    [InlineData("""{"retainedMessages":1.5}""", "whole number")]
    [InlineData("""{"retainedBytes":1023}""", "from 1024 up")]
    [InlineData("""{"retention":"1 day"}""", "\"7.00:00:00\" is a week")]
    [InlineData("""{"retention":"00:00:00.5"}""", "00:00:01")]
    [InlineData("""{"retention":"367.00:00:00"}""", "Webstream__Log__MaxRetention")]
    [InlineData("""{"description":7}""", "at most 500")]
    [InlineData("""{"description":"a\nb"}""", "control characters")]
    [InlineData("""{"reed":"key"}""", "reed is not a setting")]
    [InlineData("""{"retention":"1.00:00:00","retention":null}""", "stands twice")]
    [InlineData("{}", "nothing to set")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("", "not a JSON object")]
    public async Task Put_Wrong_SaysWhatToSend(string body, params string[] says)
    {
        var error = await gateway.PutSettingsAsync(stream, body).ProblemAsync(400);
        says.ShouldAllBe(text => error.Contains(text, StringComparison.Ordinal));
        (await gateway.GetAsync($"/api/streams/{stream}/settings")).GetProperty("retainedMessages").GetInt32().ShouldBe(10000);
    }

    [Theory]
    [InlineData("PUT", "/settings")]
    [InlineData("POST", "/close")]
    [InlineData("DELETE", "")]
    public async Task Change_WithoutAKeyFromThisMachine_NeedsOne(string method, string path)
    {
        var address = $"/api/streams/{stream}{path}";
        (await gateway.SendAsync(new(method), address).ProblemAsync(401)).ShouldContain("WEBSTREAM_API_KEY");
        (await gateway.SendAsync(new(method), address, ("X-API-Key", "wrong")).ProblemAsync(401)).ShouldContain("The key is wrong");
    }

    [Fact]
    public async Task Change_WhereNoKeyIsSet_SaysWhatToSet()
    {
        await using var keyless = await TestGateway.StartAsync(("Webstream:Write", "open"));
        var error = await keyless.SendAsync(HttpMethod.Delete, $"/api/streams/{stream}").ProblemAsync(401);
        error.ShouldContain("the gateway has none");
        error.ShouldContain("Set WEBSTREAM_API_KEY");
        (await keyless.GetAsync($"/api/streams/{stream}/settings")).GetProperty("closed").GetBoolean().ShouldBeFalse();
    }

    [Theory]
    [InlineData("PUT", "/settings")]
    [InlineData("DELETE", "")]
    public async Task Preflight_OfAChange_AllowsIt(string method, string path)
    {
        using var answer = await gateway.SendAsync(
            HttpMethod.Options, $"/api/streams/{stream}{path}",
            ("Origin", "http://localhost:3000"), ("Access-Control-Request-Method", method), ("Access-Control-Request-Headers", "content-type,x-api-key"));
        answer.Headers.GetValues("Access-Control-Allow-Methods").Single().ShouldContain(method);
    }

    [Fact]
    public async Task Description_OfTheApi_HasThem()
    {
        var paths = (await gateway.GetAsync("/openapi/v1.json")).GetProperty("paths");
        paths.GetProperty("/api/streams/{name}/settings").MemberNames().ShouldBe(["get", "put"], ignoreOrder: true);
        paths.GetProperty("/api/streams/{name}/close").MemberNames().ShouldBe(["post"]);
        paths.GetProperty("/api/streams/{name}").MemberNames().ShouldBe(["get", "delete"], ignoreOrder: true);
    }

    private async Task PushAsync(int count, string prefix = "")
    {
        for (var i = 1; i <= count; i++)
        {
            await gateway.PushAsync($"{i}", prefix + stream);
        }
    }
}
