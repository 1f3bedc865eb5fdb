using Webstream.Gateway.Streams;
using Webstream.Gateway.Tests.Hosting;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Reading;

/// <summary>Names that nobody has pushed to. Any caller may ask for any of them.</summary>
public sealed class UnusedNameTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    [Theory]
    [InlineData("/api/streams/{0}")]
    [InlineData("/api/streams/{0}/messages")]
    [InlineData("/api/streams/{0}/messages?after=0-0&limit=1")]
    [InlineData("/api/streams/{0}/messages?after=abc-7&inReplyTo=abc-7")]
    [InlineData("/api/streams/{0}/messages?wait=0.01")]
    public async Task Read_OfManyNames_LeavesNothingBehind(string path)
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => gateway.GetAsync(string.Format(null, path, $"{stream}-{i}"))));

        (await gateway.OwnersAsync()).ShouldNotContain(owner => owner.StartsWith(stream, StringComparison.Ordinal));
        gateway.Service<StreamRegistry>().FindOwner(StreamName.Parse($"{stream}-0")).ShouldBeNull();
    }

    [Fact]
    public async Task Listen_AndLeave_LeavesNoOwnerBehind()
    {
        await using var own = await TestGateway.StartAsync(("Webstream:Hub:Linger", "00:00:00"));
        await using (await own.ListenAsync($"/stream/{stream}"))
        {
            (await own.OwnersAsync()).ShouldContain(stream);
            (await own.GetAsync($"/api/streams/{stream}")).GetProperty("clients").GetInt32().ShouldBe(1);
        }

        await Until.TrueAsync(async () => !(await own.OwnersAsync()).Contains(stream));
        (await own.GetAsync($"/api/streams/{stream}")).GetProperty("clients").GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task Push_OfANewNameToAFullLog_LeavesNoOwnerBehind()
    {
        await using var own = await TestGateway.StartAsync(("Webstream:Log:MaxStreams", "1"));
        await own.PushAsync("first", "kept");

        for (var i = 0; i < 20; i++)
        {
            var error = await own.PostAsync($"/api/push?stream={stream}-{i}", "text", "text/plain").ProblemAsync(503);
            error.ShouldContain("Webstream__Log__MaxStreams");
        }

        await Until.EqualAsync(async () => (await own.OwnersAsync()).Length, 1);
        (await own.MessagesAsync("kept")).ShouldBe(["first"]);
    }

    [Fact]
    public async Task Listen_ToANameWithoutHistory_IsCountedAndHearsWhatIsPushedAfterwards()
    {
        await using var one = await gateway.ListenAsync($"/stream/{stream}");
        await using var other = await gateway.ListenAsync($"/stream/{stream}");

        (await gateway.GetAsync($"/api/streams/{stream}")).GetProperty("clients").GetInt32().ShouldBe(2);
        (await gateway.PushAsync("hello", stream)).GetProperty("clients").GetInt32().ShouldBe(2);

        (await one.NextAsync()).Data.ShouldEndWith("] hello");
        (await other.NextAsync()).Data.ShouldEndWith("] hello");
    }
}
