using Webstream.Tools.Tests.Hosting;

namespace Webstream.Tools.Tests.Reading;

/// <summary>Reads that wait until a stream is quiet: a busy build is a handful of calls.</summary>
public sealed class SettledReadTests
{
    private readonly ScriptedStream stream = new();

    [Fact]
    public async Task Read_OfABusyStream_AnswersWhenItHasBeenQuiet()
    {
        Lines(from: 5, count: 6);
        await using var server = await StartAsync();

        var page = await ReadAsync(server, new() { ["wait_seconds"] = 45, ["settle_seconds"] = 3 });

        Count(page).ShouldBe(6);
        // The last line comes at 10.
        stream.Now.ShouldBe(13);
        page.NextCall(Views.Members).Arguments.ShouldContain("\"settle_seconds\":3");
    }

    [Fact]
    public async Task Read_OfABusyStream_AnswersAtTheLimit()
    {
        Lines(from: 1, count: 30);
        await using var server = await StartAsync();

        var page = await ReadAsync(server, new() { ["wait_seconds"] = 45, ["settle_seconds"] = 3, ["limit"] = 4 });

        Count(page).ShouldBe(4);
        stream.Now.ShouldBe(4);
    }

    [Fact]
    public async Task Read_OfAStreamThatIsNeverQuiet_AnswersWhenTheWaitIsOver()
    {
        Lines(from: 1, count: 60);
        await using var server = await StartAsync();

        var page = await ReadAsync(server, new() { ["wait_seconds"] = 20, ["settle_seconds"] = 3, ["limit"] = 100 });

        Count(page).ShouldBe(20);
        stream.Now.ShouldBe(20);
    }

    [Fact]
    public async Task Read_OfWhatIsThere_WaitsOnlyForQuiet()
    {
        stream.Add("before");
        await using var server = await StartAsync();

        Count(await ReadAsync(server, new() { ["settle_seconds"] = 2, ["wait_seconds"] = 45 })).ShouldBe(1);

        stream.Now.ShouldBe(2);
    }

    [Fact]
    public async Task Read_OfAQuietStream_AnswersWithNothingAfterItsWait()
    {
        await using var server = await StartAsync();

        (await ReadAsync(server, new() { ["settle_seconds"] = 2, ["wait_seconds"] = 10 })).Text.ShouldStartWith("Nothing new in the stream main within 10 seconds.");

        stream.Now.ShouldBe(10);
    }

    private static async Task<ToolReply> ReadAsync(PipeServer server, Dictionary<string, object?> arguments) => (await server.CallAsync("read_stream", arguments)).Ok();

    private static int Count(ToolReply page) => page.Members.GetProperty("messages").GetArrayLength();

    private void Lines(int from, int count)
    {
        for (var i = 0; i < count; i++)
        {
            stream.At(from + i, () => stream.Add("line"));
        }
    }

    private Task<PipeServer> StartAsync() => PipeServer.StartAsync(stream, time: stream.Time);
}
