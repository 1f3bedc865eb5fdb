using System.Text.Json;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Reading;

public sealed class StreamListTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    [Fact]
    public async Task List_AfterPushes_TellsTheStreamAsItIs()
    {
        await gateway.PushAsync("one", stream);
        await using var listener = await gateway.ListenAsync($"/stream/{stream}");
        var last = await gateway.PushAsync("two", stream);

        // The directory is told after the push was answered.
        JsonElement listed = default;
        await Until.EqualAsync(
            async () =>
            {
                listed = await ListedAsync() ?? default;
                return listed.ValueKind == JsonValueKind.Undefined
                    ? default
                    : (listed.GetProperty("head").GetString(), listed.GetProperty("clients").GetInt32());
            },
            (last.GetProperty("id").GetString(), 1));

        listed.MemberNames().ShouldBe(["name", "head", "oldest", "clients", "gateways", "retained", "lastMessageAt", "windowSeconds"]);
        listed.GetProperty("oldest").GetInt64().ShouldBe(1);
        listed.GetProperty("gateways").GetInt32().ShouldBe(1);
        listed.GetProperty("retained").GetInt64().ShouldBe(2);
        listed.GetProperty("lastMessageAt").GetString().ShouldBe(last.GetProperty("timestamp").GetString());
        listed.GetProperty("windowSeconds").GetDouble().ShouldBeGreaterThanOrEqualTo(0);
    }

    [Fact]
    public async Task List_WhileAndAfterListening_ShowsTheStreamOnlyWhile()
    {
        await using (await gateway.ListenAsync($"/stream/{stream}"))
        {
            await Until.TrueAsync(async () => await ListedAsync() is not null);
        }

        await Until.TrueAsync(async () => await ListedAsync() is null);
    }

    [Fact]
    public async Task List_AfterReadingAndWaiting_KnowsNothingOfThem()
    {
        await gateway.GetAsync($"/api/streams/{stream}");
        await gateway.GetAsync($"/api/streams/{stream}/messages?wait=0.01");

        (await ListedAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Describe_OfAStreamNobodyPushedTo_IsAtItsBeginning()
    {
        var description = await gateway.GetAsync($"/api/streams/{stream}");

        description.MemberNames().ShouldBe(["name", "head", "oldest", "clients", "gateways", "retained"]);
        description.GetProperty("name").GetString().ShouldBe(stream);
        description.GetProperty("head").GetString().ShouldBe("0-0");
        description.GetProperty("retained").GetInt64().ShouldBe(0);
    }

    [Fact]
    public async Task Describe_AfterPushes_IsExactAtOnce()
    {
        await gateway.PushAsync("one", stream);
        await using var listener = await gateway.ListenAsync($"/stream/{stream}");
        var last = await gateway.PushAsync("two", stream);

        var description = await gateway.GetAsync($"/api/streams/{stream}");

        description.GetProperty("head").GetString().ShouldBe(last.GetProperty("id").GetString());
        description.GetProperty("retained").GetInt64().ShouldBe(2);
        description.GetProperty("clients").GetInt32().ShouldBe(1);
        description.GetProperty("lastMessageAt").GetString().ShouldBe(last.GetProperty("timestamp").GetString());
    }

    [Theory]
    [InlineData("/api/streams/-x")]
    [InlineData("/api/streams/a%20b")]
    [InlineData("/api/streams/a%0Ab")]
    [InlineData("/api/streams/-x/messages")]
    public async Task Read_OfABadName_IsRefusedWithTheRule(string path) =>
        (await gateway.SendAsync(HttpMethod.Get, path).ProblemAsync(400))
            .ShouldBe("A stream name is 1 to 100 characters from A-Z a-z 0-9 . _ - : and the first one a letter or digit.");

    [Fact]
    public async Task Info_OfAGateway_TellsTheProductAndTheInstance()
    {
        var info = await gateway.GetAsync("/api/info");
        await using var listener = await gateway.ListenAsync($"/stream/{stream}");
        var later = await gateway.GetAsync("/api/info");

        info.MemberNames().ShouldBe(["name", "version", "instance", "startedAt", "listeners", "keepaliveSeconds", "history"]);
        info.GetProperty("name").GetString().ShouldBe("webstream");
        info.GetProperty("history").GetString().ShouldBe("memory");
        info.GetProperty("version").GetString()!.ShouldMatch(@"^\d+\.\d+\.\d+");
        info.GetProperty("instance").GetString().ShouldNotBeNullOrEmpty();
        later.GetProperty("instance").GetString().ShouldBe(info.GetProperty("instance").GetString());
        later.GetProperty("startedAt").GetString().ShouldBe(info.GetProperty("startedAt").GetString());
        later.GetProperty("listeners").GetInt32().ShouldBePositive();
    }

    private async Task<JsonElement?> ListedAsync()
    {
        var streams = (await gateway.GetAsync("/api/streams")).GetProperty("streams").EnumerateArray();
        return streams.Where(entry => entry.GetProperty("name").GetString() == stream).Cast<JsonElement?>().SingleOrDefault();
    }
}
