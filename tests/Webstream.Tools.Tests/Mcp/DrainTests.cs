using System.Diagnostics;
using Webstream.Gateway.Streams;
using Webstream.Tools.Tests.Hosting;

namespace Webstream.Tools.Tests.Mcp;

public sealed class DrainTests
{
    [Theory]
    [InlineData("read_stream", "Nothing new in the stream")]
    [InlineData("ask_stream", "Waiting: the question")]
    public async Task Stop_WithACallThatWaits_AnswersItAndEndsSoon(string tool, string begin)
    {
        var stream = TestStream.New();
        await using var gateway = await TestGateway.StartAsync();
        await using var client = await TestClient.ConnectAsync(gateway);
        // A call waits with a hub only on a stream that has history.
        var after = (await gateway.PushAsync("before", stream)).GetProperty("id").GetString();
        var calling = client.CallAsync(tool, tool == "ask_stream" ? new { question = "?", stream, wait_seconds = 45 } : new { stream, after, wait_seconds = 45 });
        // The call waits when the gateway keeps a hub for its stream.
        await Until.TrueAsync(() => gateway.Service<StreamRegistry>().Find(Protocol.StreamName.Parse(stream)) is not null);

        var started = Stopwatch.GetTimestamp();
        await gateway.StopAsync();

        (await calling).Ok().Text.ShouldStartWith(begin);
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(40));
    }
}
