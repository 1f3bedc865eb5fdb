using System.Text;
using System.Text.Json;
using Webstream.Tools.Tests.Hosting;

namespace Webstream.Tools.Tests.Reading;

/// <summary>A message that is longer than an answer is read in parts.</summary>
public sealed class MessagePartTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private static readonly string[] OnlyYes = ["yes"];

    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    public static TheoryData<string, string> Texts
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var unit in new[] { "plain text 0123456789 ", "\u0007", "\"\\", "語", "a\n", "é😀", "line\r\n", "\r\n", "</end>" })
            {
                all.Add(unit, Views.Members);
                all.Add(unit, Views.Text);
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Texts), DisableDiscoveryEnumeration = true)]
    public async Task Message_ReadByTheCallsThatTheAnswersName_IsWhole(string unit, string form)
    {
        var text = string.Concat(Enumerable.Repeat(unit, 65_000 / Encoding.UTF8.GetByteCount(unit)));
        var id = (await gateway.PushAsync(text, stream)).GetProperty("id").GetString()!;
        await gateway.PushAsync("after it", stream);
        await using var client = await TestClient.ConnectAsync(gateway);

        var (parts, calls) = (new StringBuilder(), 0);
        var page = (await client.CallAsync("read_stream", new { stream, id })).Ok();
        while (calls++ < 40)
        {
            page.Bytes.ShouldBeLessThan(32 * 1024);
            var part = page.Members.GetProperty("messages").EnumerateArray().ShouldHaveSingleItem();
            part.GetProperty("id").GetString().ShouldBe(id);
            parts.Append(part.GetProperty("text").GetString());
            var (tool, arguments) = page.NextCall(form);
            page = (await client.CallRawAsync(tool, arguments)).Ok();
            if (!part.TryGetProperty("nextOffset", out _))
            {
                break;
            }
        }

        parts.ToString().ShouldBe(VisibleText.Of(text));
        page.Members.GetProperty("messages")[0].GetProperty("text").GetString().ShouldBe("after it");
    }

    [Fact]
    public async Task Message_ThatAnAnswerCuts_GoesOnAtItsNextOffset()
    {
        var text = string.Concat(Enumerable.Range(0, 12_000).Select(i => $"{i},"));
        var id = (await gateway.PushAsync(text, stream)).GetProperty("id").GetString()!;
        await using var client = await TestClient.ConnectAsync(gateway);

        var page = (await client.CallAsync("read_stream", new { stream })).Ok();
        var beginning = page.Members.GetProperty("messages")[0];
        var offset = beginning.GetProperty("nextOffset").GetInt32();
        var rest = (await client.CallAsync("read_stream", new { stream, id, offset })).Ok().Members.GetProperty("messages")[0];

        var call = $"The rest: read_stream with stream=\"{stream}\", id=\"{id}\", offset={offset}.";
        page.Text.ShouldContain(call);
        page.Members.GetProperty("notes").EnumerateArray().Select(note => note.GetString()).ShouldContain(note => note!.EndsWith(call, StringComparison.Ordinal));
        (beginning.GetProperty("text").GetString() + rest.GetProperty("text").GetString()).ShouldBe(text[..(offset + rest.GetProperty("text").GetString()!.Length)]);
        rest.GetProperty("offset").GetInt32().ShouldBe(offset);
        rest.GetProperty("cutFromBytes").GetInt32().ShouldBe(text.Length);
    }

    [Fact]
    public async Task Message_ThatFits_IsReadByItsIdAlone()
    {
        await gateway.PushAsync("before", stream);
        var id = (await gateway.PushAsync("this one", stream)).GetProperty("id").GetString()!;
        await using var client = await TestClient.ConnectAsync(gateway);

        var page = (await client.CallAsync("read_stream", new { stream, id })).Ok();

        var message = page.Members.GetProperty("messages").EnumerateArray().ShouldHaveSingleItem();
        message.GetProperty("text").GetString().ShouldBe("this one");
        message.TryGetProperty("cutFromBytes", out _).ShouldBeFalse();
        page.Text.ShouldStartWith($"The message {id} of the stream {stream}:\n");
        page.Text.ShouldContain("===== begin ");
    }

    [Theory]
    [InlineData(2, "offset 2 is within a character of the message", "begins at 1.")]
    [InlineData(4, "offset 4 is within a character", "begins at 3.")]
    [InlineData(7, "offset is 0 to 6: the message", "has 7 bytes.")]
    [InlineData(262_145, "offset has to be a whole number from 0 to 262144", "you sent 262145.")]
    public async Task Offset_ThatIsNoBeginning_IsRefusedWithOneThatIs(int offset, string begin, string end)
    {
        var id = (await gateway.PushAsync("aé😀", stream)).GetProperty("id").GetString()!;
        await using var client = await TestClient.ConnectAsync(gateway);

        var error = (await client.CallAsync("read_stream", new { stream, id, offset })).Error();

        error.ShouldContain(begin);
        error.ShouldContain(end);
    }

    [Fact]
    public async Task Message_ThatIsNotThere_IsRefused()
    {
        var id = (await gateway.PushAsync("text", stream)).GetProperty("id").GetString()!;
        await using var client = await TestClient.ConnectAsync(gateway);

        foreach (var other in new[] { $"{id[..^1]}9", "1234567890abcdef-1", "0-0", $"{id[..^1]}0" })
        {
            (await client.CallAsync("read_stream", new { stream, id = other })).Error().ShouldStartWith($"There is no message {other} in the stream {stream}");
        }

        (await client.CallAsync("read_stream", new { stream, offset = 3 })).Error().ShouldBe("offset is a byte of one message: send its id too.");
    }

    [Fact]
    public async Task Reply_ThatIsNoOption_IsFlaggedInEachOfItsParts()
    {
        await using var client = await TestClient.ConnectAsync(gateway);
        var asked = (await client.CallAsync("ask_stream", new { question = "?", options = OnlyYes, stream, wait_seconds = 0 })).Ok();
        var reply = await gateway.PostAsync(
            "/api/push", JsonSerializer.Serialize(new { message = new string('x', 40_000), stream, @event = "reply", inReplyTo = asked["questionId"] })).OkAsync();
        var id = reply.GetProperty("id").GetString();

        var part = (await client.CallAsync("read_stream", new { stream, id, offset = 20_000 })).Ok();

        part.Members.GetProperty("messages")[0].GetProperty("amongOptions").GetBoolean().ShouldBeFalse();
        part.Text.ShouldContain("not among the options");
    }
}
