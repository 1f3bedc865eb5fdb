using Webstream.Tools.Tests.Hosting;

namespace Webstream.Tools.Tests.Reading;

/// <summary>Reads of the newest messages.</summary>
public sealed class NewestReadTests
{
    private readonly ScriptedStream stream = new();

    [Fact]
    public async Task Read_OfTheNewest_TakesOneCall()
    {
        Fill(2_001);
        await using var server = await StartAsync();

        var page = await ReadAsync(server, new() { ["last"] = 3 });

        Texts(page).ShouldBe(["1999", "2000", "2001"]);
        page["next"].ShouldBe($"{ScriptedStream.IdOf(2_001)}");
        page.Members.TryGetProperty("passed", out _).ShouldBeFalse();
        stream.Reads.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Read_OfTheNewestOfAType_CountsAfterTheFilter()
    {
        await using var server = await StartAsync();
        for (var i = 1; i <= 50; i++)
        {
            stream.Add($"{i}", i % 10 == 0 ? "result" : "log");
        }

        var page = await ReadAsync(server, new() { ["last"] = 2, ["event"] = "result" });

        Texts(page).ShouldBe(["40", "50"]);
    }

    [Theory]
    [InlineData(2_000, 1)]
    [InlineData(2_001, 0)]
    public async Task Read_OfTheNewest_LooksAtNoMoreThanTwoThousand(int back, int found)
    {
        await using var server = await StartAsync();
        stream.Add("old", "result");
        Fill(back - 1);

        (await ReadAsync(server, new() { ["last"] = 5, ["event"] = "result" })).Members.GetProperty("messages").GetArrayLength().ShouldBe(found);
    }

    [Fact]
    public async Task Read_OfTheNewest_AfterACursor_StaysBehindIt()
    {
        Fill(10);
        await using var server = await StartAsync();

        var page = await ReadAsync(server, new() { ["last"] = 5, ["after"] = $"{ScriptedStream.IdOf(8)}" });

        Texts(page).ShouldBe(["9", "10"]);
        page["cursor"].ShouldBe("recovered");
    }

    // A person's word may be among them, and the cursor stands behind all of them.
    [Theory]
    [InlineData(null)]
    [InlineData("result")]
    public async Task Read_OfTheNewest_FarBehindACursor_SaysWhatItDidNotLookAt(string? type)
    {
        for (var i = 1; i <= 10; i++)
        {
            stream.Add($"{i}", type);
        }

        await using var server = await StartAsync();
        Dictionary<string, object?> arguments = new() { ["last"] = 3, ["after"] = $"{ScriptedStream.IdOf(2)}" };
        if (type is not null)
        {
            arguments["event"] = type;
        }

        var page = await ReadAsync(server, arguments);

        Texts(page).ShouldBe(["8", "9", "10"]);
        page.Text.ShouldContain("Note: 5 messages behind after were not looked at");
    }

    // Without its port the next call would go to the gateway that is meant where none is named.
    [Fact]
    public async Task NextCall_NamesThePortThatTheCallNamed()
    {
        Fill(2);
        await using var server = await StartAsync();

        var page = await ReadAsync(server, new() { ["port"] = 8123, ["limit"] = 1 });

        page.Members.GetProperty("nextCall").GetProperty("arguments").GetProperty("port").GetInt32().ShouldBe(8123);
        page.Text.ShouldContain(", port=8123");
        (await ReadAsync(server, new() { ["limit"] = 1 })).Members.GetProperty("nextCall").GetProperty("arguments").TryGetProperty("port", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Read_OfTheNewest_WhereThereIsNothing_WaitsForIt()
    {
        await using var server = await StartAsync();
        stream.At(4, () => stream.Add("first"));

        var page = await ReadAsync(server, new() { ["last"] = 5, ["wait_seconds"] = 45 });

        Texts(page).ShouldBe(["first"]);
        stream.Now.ShouldBe(4);
    }

    [Fact]
    public async Task Read_OfTheNewestThatDoNotFit_ShowsTheLastOfThem()
    {
        await using var server = await StartAsync();
        for (var i = 1; i <= 20; i++)
        {
            stream.Add($"{i}" + new string('x', 3_000));
        }

        var page = await ReadAsync(server, new() { ["last"] = 20 });

        page.Bytes.ShouldBeLessThan(32 * 1024);
        Texts(page).Last().ShouldStartWith("20x");
        page["next"].ShouldBe($"{ScriptedStream.IdOf(20)}");
        page.Text.ShouldMatch(@"Note: Only the newest \d+ fit into the answer");
    }

    private static async Task<ToolReply> ReadAsync(PipeServer server, Dictionary<string, object?> arguments) => (await server.CallAsync("read_stream", arguments)).Ok();

    private static IEnumerable<string> Texts(ToolReply page) => page.Members.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("text").GetString()!);

    private void Fill(int count)
    {
        for (var i = 1; i <= count; i++)
        {
            stream.Add($"{i}");
        }
    }

    private Task<PipeServer> StartAsync() => PipeServer.StartAsync(stream, time: stream.Time);
}
