using Webstream.Tools.Tests.Hosting;

namespace Webstream.Tools.Tests.Reading;

/// <summary>A wait that is longer than one call can wait is cut, and not refused.</summary>
public sealed class LongWaitTests
{
    private const string Cut = "wait_seconds was cut to 45, the most that one call waits. To wait longer, go on with the next call.";

    private readonly ScriptedStream stream = new();

    public static TheoryData<object, bool> Waits => new()
    {
        { 45, false },
        { 46, true },
        { "600", true },
        { 3600, true },
        { 5000, true },
        { long.MaxValue, true },
        { 1e30, true },
    };

    [Theory]
    [MemberData(nameof(Waits), DisableDiscoveryEnumeration = true)]
    public async Task Read_ThatAsksForAnyWait_WaitsAsLongAsACallCan(object wait, bool isCut)
    {
        await using var server = await PipeServer.StartAsync(stream, time: stream.Time);

        var page = (await server.CallAsync("read_stream", new() { ["wait_seconds"] = wait })).Ok();

        stream.Now.ShouldBe(45);
        page.Text.Contains($"Note: {Cut}", StringComparison.Ordinal).ShouldBe(isCut);
        page.Seen(Views.Members).Contains(Cut, StringComparison.Ordinal).ShouldBe(isCut);
    }

    [Fact]
    public async Task Ask_ThatAsksForALongWait_WaitsAsLongAsACallCan()
    {
        await using var server = await PipeServer.StartAsync(stream, time: stream.Time);

        var asked = (await server.CallAsync("ask_stream", new() { ["question"] = "?", ["wait_seconds"] = 1200 })).Ok();

        stream.Now.ShouldBe(45);
        asked["status"].ShouldBe("waiting");
        asked.Text.ShouldContain($"Note: {Cut}");
    }

    [Fact]
    public async Task Schema_OfWaits_LetsStrictClientsAskForAnHour()
    {
        await using var server = await PipeServer.StartAsync(stream, time: stream.Time);

        var tools = await server.Client.ListToolsAsync(cancellationToken: TestContext.Current.CancellationToken);

        tools.Where(tool => tool.Name is "read_stream" or "ask_stream")
            .Select(tool => tool.JsonSchema.GetProperty("properties").GetProperty("wait_seconds").GetProperty("maximum").GetInt32()).ShouldBe([3600, 3600]);
    }
}
