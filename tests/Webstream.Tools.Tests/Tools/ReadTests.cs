using System.Text.Json;
using System.Text.RegularExpressions;
using Webstream.Grains;
using Webstream.Tools.Tests.Hosting;

namespace Webstream.Tools.Tests.Tools;

public sealed partial class ReadTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    public static TheoryData<string> AllRevisions => Revisions.All;

    [Theory]
    [MemberData(nameof(AllRevisions))]
    public async Task Read_WithItsCursor_GetsEachMessageOnce(string revision)
    {
        await gateway.PushManyAsync(5, stream);
        await using var client = await TestClient.ConnectAsync(gateway, revision);
        var texts = new List<string>();
        var after = "";
        var more = true;
        while (more)
        {
            var page = (await client.CallAsync("read_stream", new { stream, after, limit = 2 })).Ok();
            texts.AddRange(TextsOf(page));
            after = page["next"];
            more = page.Members.GetProperty("more").GetBoolean();
            page.Text.ShouldContain(more ? $"There is more: call read_stream with stream=\"{stream}\", after=\"" : "That is everything until now.");
        }

        texts.ShouldBe(["1", "2", "3", "4", "5"]);
        TextsOf((await client.CallAsync("read_stream", new { stream, after })).Ok()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Read_OfNothing_IsASuccessWithACursor()
    {
        await using var client = await TestClient.ConnectAsync(gateway);

        var nothing = (await client.CallAsync("read_stream", new { stream })).Ok();
        var waited = (await client.CallAsync("read_stream", new { stream, after = nothing["next"], wait_seconds = 1 })).Ok();

        nothing["next"].ShouldBe("0-0");
        nothing.Text.ShouldStartWith($"Nothing to read in the stream {stream}.");
        waited.Text.ShouldStartWith($"Nothing new in the stream {stream} within 1 seconds.");
        waited["next"].ShouldBe("0-0");
        waited["cursor"].ShouldBe("recovered");
    }

    [Fact]
    public async Task Read_ToTheEndOfAClosedStream_SaysSoAndDoesNotWait()
    {
        var known = await gateway.PushManyAsync(1, stream);
        await gateway.Service<IGrainFactory>().GetGrain<IStreamGrain>(stream).Close(TimeSpan.FromSeconds(5));
        await using var client = await TestClient.ConnectAsync(gateway);

        var page = (await client.CallAsync("read_stream", new { stream, after = known.ToString() })).Ok();
        page.Members.GetProperty("ended").GetBoolean().ShouldBeTrue();
        page.Text.ShouldEndWith("The stream is closed, and this is its end: nothing will come any more. Do not wait for it.");
        // A wait that did not return at once would exceed the test's patience.
        var again = (await client.CallAsync("read_stream", new { stream, after = page["next"], wait_seconds = 45 }).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken)).Ok();
        again.Members.GetProperty("ended").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task Read_ThatWaits_AnswersWithWhatComes()
    {
        await using var client = await TestClient.ConnectAsync(gateway);
        var known = await gateway.PushManyAsync(1, stream);

        var reading = client.CallAsync("read_stream", new { stream, after = known.ToString(), wait_seconds = 45 });
        await gateway.PushAsync("news", stream);

        TextsOf((await reading).Ok()).ShouldBe(["news"]);
    }

    [Theory]
    [InlineData("1234567890abcdef-1", "reset", "Reset: the stream's history began anew")]
    [InlineData("0-0", "recovered", "1 message of the stream")]
    public async Task Read_AfterAnIdOfAnotherLife_SaysSo(string after, string cursor, string begin)
    {
        await gateway.PushManyAsync(1, stream);
        await using var client = await TestClient.ConnectAsync(gateway);

        var page = (await client.CallAsync("read_stream", new { stream, after })).Ok();

        page["cursor"].ShouldBe(cursor);
        page.Text.ShouldStartWith(begin);
        TextsOf(page).ShouldBe(["1"]);
    }

    [Fact]
    public async Task Read_OfMoreThanFits_StaysUnderItsBoundAndSkipsNothing()
    {
        const int Count = 40;
        await gateway.PushManyAsync(Count, stream, padding: 3000);
        await using var client = await TestClient.ConnectAsync(gateway);
        var numbers = new List<int>();
        var after = "";
        while (numbers.Count < Count)
        {
            var page = (await client.CallAsync("read_stream", new { stream, after, limit = 100 })).Ok();
            page.Bytes.ShouldBeLessThan(32 * 1024);
            numbers.AddRange(TextsOf(page).Select(text => int.Parse(text.TrimEnd('.'), null)));
            after = page["next"];
            if (numbers.Count < Count)
            {
                page.Text.ShouldContain("The answer was cut after");
                page.Members.GetProperty("more").GetBoolean().ShouldBeTrue();
            }
        }

        numbers.ShouldBe(Enumerable.Range(1, Count));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("\u0007")]
    [InlineData("\"\\")]
    [InlineData("語")]
    [InlineData("a\n")]
    public async Task Read_OfAMessageTooLongForAnAnswer_ShowsItsBeginningAndSaysSo(string unit)
    {
        var text = string.Concat(Enumerable.Repeat(unit, 65_000 / System.Text.Encoding.UTF8.GetByteCount(unit)));
        var bytes = System.Text.Encoding.UTF8.GetByteCount(text);
        var id = (await gateway.PushAsync(text, stream)).GetProperty("id").GetString()!;
        await gateway.PushAsync("after it", stream);
        await using var client = await TestClient.ConnectAsync(gateway);

        var page = (await client.CallAsync("read_stream", new { stream })).Ok();

        page.Bytes.ShouldBeLessThan(32 * 1024);
        page.Bytes.ShouldBeGreaterThan(16 * 1024);
        page["next"].ShouldBe(id);
        page.Members.GetProperty("messages")[0].GetProperty("cutFromBytes").GetInt32().ShouldBe(bytes);
        page.Text.ShouldContain($"Of the message {id} only the beginning is shown; it has {bytes} bytes. The whole of it: http://127.0.0.1:");
        var whole = WholeAddress().Match(page.Text).Value;
        (await gateway.Client.GetStringAsync(whole, TestContext.Current.CancellationToken)).Length.ShouldBeGreaterThanOrEqualTo(bytes / 3);
        TextsOf((await client.CallAsync("read_stream", new { stream, after = id })).Ok()).ShouldBe(["after it"]);
    }

    [Fact]
    public async Task Read_ThatWaits_TellsItsProgressToWhoAsksForIt()
    {
        await using var client = await TestClient.ConnectAsync(gateway);
        var told = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var progress = new DirectProgress(value => told.TrySetResult(value.Message));

        var reading = client.CallAsync("read_stream", new { stream, wait_seconds = 45 }, progress);
        (await told.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).ShouldBe("Waiting for messages");
        await gateway.PushAsync("at last", stream);

        TextsOf((await reading).Ok()).ShouldBe(["at last"]);
    }

    private static IEnumerable<string> TextsOf(ToolReply page) => page.Members.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("text").GetString()!);

    [GeneratedRegex(@"http://\S+/messages\?after=\S+&limit=1")]
    private static partial Regex WholeAddress();

    private sealed class DirectProgress(Action<ModelContextProtocol.ProgressNotificationValue> report) : IProgress<ModelContextProtocol.ProgressNotificationValue>
    {
        public void Report(ModelContextProtocol.ProgressNotificationValue value) => report(value);
    }
}
