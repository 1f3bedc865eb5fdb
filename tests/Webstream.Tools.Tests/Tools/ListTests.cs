using System.Globalization;
using Webstream.Protocol;
using Webstream.Tools.Tests.Hosting;

namespace Webstream.Tools.Tests.Tools;

public class ListTests
{
    private readonly ScriptedGateway gateway = new();

    [Theory]
    [InlineData(0)]
    [InlineData(999)]
    [InlineData(1000)]
    [InlineData(2345)]
    public async Task List_OfManyStreams_LooksThroughEveryPage(int count)
    {
        gateway.Streams = Streams(count);
        await using var server = await PipeServer.StartAsync(gateway);

        var list = (await server.CallAsync("list_streams")).Ok();

        list.Members.GetProperty("total").GetInt32().ShouldBe(count);
        list.Members.GetProperty("streams").EnumerateArray().Select(stream => stream.GetProperty("name").GetString())
            .ShouldBe(Enumerable.Range(0, count).Reverse().Take(40).Select(Name), "the newest first, whatever page they are on");
        list.Bytes.ShouldBeLessThan(32 * 1024);
        gateway.Lists.Count.ShouldBe(Math.Max(1, (count + 999) / 1000));
    }

    [Fact]
    public async Task List_OfMoreThanItLooksThrough_SaysSo()
    {
        gateway.Streams = Streams(10_500);
        await using var server = await PipeServer.StartAsync(gateway);

        var list = (await server.CallAsync("list_streams")).Ok();

        list.Members.GetProperty("total").GetInt32().ShouldBe(10_000);
        list.Text.ShouldStartWith("More than 10000 streams.");
        list.Text.ShouldContain("Narrow the list with prefix");
        gateway.Lists.Count.ShouldBe(10);
    }

    [Fact]
    public async Task List_WithAPrefix_AsksForIt()
    {
        await using var server = await PipeServer.StartAsync(gateway);

        var list = (await server.CallAsync("list_streams", new() { ["prefix"] = "build." })).Ok();
        var wrong = await server.CallAsync("list_streams", new() { ["prefix"] = "-x" });

        gateway.Lists.ShouldHaveSingleItem().ShouldBe(new StreamListRequest("build."));
        list.Text.ShouldBe("There are no streams whose names begin with build.: nobody has pushed, and nobody is listening.");
        wrong.IsError.ShouldBeTrue();
    }

    private static StreamSummary[] Streams(int count) =>
    [
        .. Enumerable.Range(0, count).Select(i => new StreamSummary
        {
            Name = StreamName.Parse(Name(i)),
            Head = new(0xabc, 1),
            Oldest = 1,
            Clients = 0,
            Gateways = 0,
            LastMessageAt = DateTimeOffset.UnixEpoch.AddSeconds(i),
        }),
    ];

    private static string Name(int i) => string.Create(CultureInfo.InvariantCulture, $"s{i:00000}");
}
