using System.Text.Json;
using Webstream.Tools.Tests.Hosting;

namespace Webstream.Tools.Tests.Reading;

/// <summary>Reads that want only some of the messages: their cursors never jump over what others wrote.</summary>
public sealed class FilteredReadTests
{
    private readonly ScriptedStream stream = new();

    [Fact]
    public async Task Read_ForAReply_SaysWhatItPassedOver()
    {
        await using var server = await StartAsync();
        var question = stream.Add("Deploy?", "question");
        stream.At(3, () => stream.Add("build is red", source: "ci"));
        stream.At(5, () => stream.Add("yes", "reply", "alice", question));

        var page = await ReadAsync(server, new() { ["after"] = $"{question}", ["inReplyTo"] = $"{question}", ["wait_seconds"] = 45 });

        stream.Now.ShouldBe(5);
        Texts(page, "messages").ShouldBe(["yes"]);
        Texts(page, "others").ShouldBe(["build is red"]);
        page["passed"].ShouldBe("1");
        page["next"].ShouldBe($"{ScriptedStream.IdOf(3)}");
        page.Text.ShouldContain("Passed over: 1 other message:\n");
        page.Text.ShouldContain("| build is red\n");
    }

    [Theory]
    [InlineData(ScriptedStream.Page, 3)]
    // A program's word is shown, but does not wake.
    [InlineData("ci", 45)]
    public async Task Read_ForAReply_IsWokenByAPersonsFreeWord(string source, int until)
    {
        await using var server = await StartAsync();
        var question = stream.Add("Which?", "question");
        stream.At(3, () => stream.Add("neither - roll back first!", source: source));

        var page = await ReadAsync(server, new() { ["after"] = $"{question}", ["inReplyTo"] = $"{question}", ["wait_seconds"] = 45 });
        var again = await ReadAsync(server, new() { ["after"] = page["next"], ["inReplyTo"] = $"{question}" });

        stream.Now.ShouldBe(until);
        Texts(page, "messages").ShouldBeEmpty();
        Texts(page, "others").ShouldBe(["neither - roll back first!"]);
        Has(again, "others").ShouldBeFalse("nothing comes twice");
        page["begin"].ShouldBe(page["end"]);
    }

    [Fact]
    public async Task Ask_WhileAPersonWritesFreely_HandsItOver()
    {
        await using var server = await StartAsync();
        stream.At(2, () => stream.Add("roll back first!", source: ScriptedStream.Page));

        var asked = new ToolReply((await server.CallAsync("ask_stream", new() { ["question"] = "Which?" })).Ok().Result);

        asked["status"].ShouldBe("waiting");
        stream.Now.ShouldBe(2);
        Texts(asked, "others").ShouldBe(["roll back first!"]);
        asked.Text.ShouldContain("| roll back first!\n");
        asked.Text.ShouldEndWith($"after=\"{asked["next"]}\", inReplyTo=\"{asked["questionId"]}\", wait_seconds=45.");
    }

    [Fact]
    public async Task Read_OfOneType_CountsTheOthersAndShowsTheNewestFive()
    {
        await using var server = await StartAsync();
        for (var i = 1; i <= 12; i++)
        {
            stream.Add($"line {i}", "log");
        }

        stream.Add("done", "result");
        var page = await ReadAsync(server, new() { ["event"] = "result" });

        Texts(page, "messages").ShouldBe(["done"]);
        page["passed"].ShouldBe("12");
        Texts(page, "others").ShouldBe(["line 8", "line 9", "line 10", "line 11", "line 12"]);
        page.Text.ShouldContain("1 message of the type result of the stream main:");
        page.Text.ShouldContain("Passed over: 12 other messages, the newest 5:");
        page.NextCall(Views.Text).Arguments.ShouldContain("result");
    }

    [Theory]
    [InlineData(3, 10)]
    [InlineData(20, 3_000)]
    [InlineData(100, 9_000)]
    public async Task Stream_WalkedByNextCalls_IsCountedOnceEach(int limit, int length)
    {
        const int Count = 700;
        // The longest that a message has besides its text.
        var (type, source) = ($"l{new string('o', 99)}", new string('\u202e', 64));
        await using var server = await StartAsync();
        var random = new Random(limit);
        var wanted = new List<string>();
        for (var i = 0; i < Count; i++)
        {
            var isWanted = random.Next(4) == 0;
            var text = $"{i}" + new string('x', random.Next(length));
            stream.Add(text, isWanted ? "result" : type, source, ScriptedStream.IdOf(long.MaxValue));
            if (isWanted)
            {
                wanted.Add($"{i}");
            }
        }

        var (got, shown, passed) = (new List<string>(), new List<string>(), 0L);
        for (var page = await ReadAsync(server, new() { ["event"] = "result", ["limit"] = limit }); ;)
        {
            page.Bytes.ShouldBeLessThan(32 * 1024);
            got.AddRange(Texts(page, "messages").Select(text => text.TrimEnd('x')));
            shown.AddRange(Has(page, "others") ? Ids(page, "others") : []);
            passed += Has(page, "passed") ? page.Members.GetProperty("passed").GetInt64() : 0;
            if (!page.Members.GetProperty("more").GetBoolean())
            {
                break;
            }

            page = new((await server.CallAsync("read_stream", JsonSerializer.Deserialize<Dictionary<string, object?>>(page.NextCall(Views.Members).Arguments))).Ok().Result);
        }

        got.ShouldBe(wanted);
        passed.ShouldBe(Count - wanted.Count);
        shown.Distinct().Count().ShouldBe(shown.Count, "nothing comes twice");
    }

    [Fact]
    public async Task Read_FromOthers_LeavesOutWhatThisServerPushed()
    {
        await using var server = await StartAsync();
        stream.Add("theirs");
        await server.CallAsync("push_stream", new() { ["message"] = "mine" });
        // The same source is no sign: another session of the program has it too.
        stream.Add("theirs too", source: "pipe-client");

        var page = await ReadAsync(server, new() { ["from_others"] = "true" });

        Texts(page, "messages").ShouldBe(["theirs", "theirs too"]);
        Has(page, "passed").ShouldBeFalse("one's own words are no news");
        page["next"].ShouldBe($"{ScriptedStream.IdOf(3)}");
    }

    [Fact]
    public async Task Read_FromOthers_WhereCallersAreNotToldApart_SaysSo()
    {
        var shared = new ScriptedStream { IsShared = true };
        await using var server = await PipeServer.StartAsync(shared, time: shared.Time);
        await server.CallAsync("push_stream", new() { ["message"] = "somebody's" });

        var page = await ReadAsync(server, new() { ["from_others"] = true });

        Texts(page, "messages").ShouldBe(["somebody's"]);
        page.Text.ShouldContain("Note: from_others left nothing out");
        Has(page, "ignoredArguments").ShouldBeFalse();
    }

    [Fact]
    public async Task Read_WithAWrongSwitch_SaysWhatToSend()
    {
        await using var server = await StartAsync();

        (await server.CallAsync("read_stream", new() { ["from_others"] = "maybe" })).Error().ShouldContain("from_others has to be true or false; you sent \"maybe\".");
    }

    private static async Task<ToolReply> ReadAsync(PipeServer server, Dictionary<string, object?> arguments) => (await server.CallAsync("read_stream", arguments)).Ok();

    private static bool Has(ToolReply page, string member) => page.Members.TryGetProperty(member, out _);

    private static IEnumerable<string> Texts(ToolReply page, string member) => page.Members.GetProperty(member).EnumerateArray().Select(m => m.GetProperty("text").GetString()!);

    private static IEnumerable<string> Ids(ToolReply page, string member) => page.Members.GetProperty(member).EnumerateArray().Select(m => m.GetProperty("id").GetString()!);

    private Task<PipeServer> StartAsync() => PipeServer.StartAsync(stream, time: stream.Time);
}
