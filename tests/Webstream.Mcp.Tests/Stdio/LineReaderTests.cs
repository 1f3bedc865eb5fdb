using System.IO.Pipelines;
using System.Text;
using CsCheck;
using Webstream.Mcp.Stdio;

namespace Webstream.Mcp.Tests.Stdio;

public sealed class LineReaderTests
{
    private const int Longest = 100;

    [Theory]
    [InlineData("a\nb\n", new[] { "a", "b" })]
    [InlineData("a\r\nb", new[] { "a ", "b" })]
    [InlineData("{}\r\n[]\r\n", new[] { "{}", "", "[]", "" })]
    [InlineData("{\"a\":1}\r{\"b\":2}\r", new[] { "{\"a\":1}", "{\"b\":2}" })]
    [InlineData("{\"a\":\r1}\n", new[] { "{\"a\": 1}" })]
    [InlineData("{\r\"a}\\\"\":[\r]\r}\r5\r", new[] { "{ \"a}\\\"\":[ ] }", "5 " })]
    [InlineData("\n\n", new[] { "", "" })]
    [InlineData("no end", new[] { "no end" })]
    [InlineData("", new string[0])]
    public async Task Lines_EndWhereTheyDo(string input, string[] expected)
    {
        (await ReadAsync(Encoding.UTF8.GetBytes(input))).ShouldBe(expected);
        // The lines are the same when the input comes byte by byte.
        (await ReadAsync(Encoding.UTF8.GetBytes(input), 1)).ShouldBe(expected);
    }

    [Fact]
    public async Task Lines_OfAnyBytesCutAnywhere_AreTheSame() =>
        await Gen.OneOfConst("{", "}", "[", "]", "\"", "\\", "\r", "\n", "\r\n", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "é").Array[0, 60].Select(Gen.Int[1, 7]).SampleAsync(async (pieces, most) =>
        {
            var bytes = Encoding.UTF8.GetBytes("a" + string.Concat(pieces));

            (await ReadAsync(bytes, most)).ShouldBe(await ReadAsync(bytes));
        }, iter: 2000);

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public async Task Input_InUtf16_IsReadAsSuch(string encoding)
    {
        const string Text = "{\"a\":\"é😀\"}\r\n{\"b\":1}\n";
        var bytes = Encoding.GetEncoding(encoding).GetBytes(Text);

        foreach (var most in new[] { 1, 2, 3, 1000 })
        {
            (await ReadAsync(bytes, most)).ShouldBe(["{\"a\":\"é😀\"}", "", "{\"b\":1}"]);
            (await ReadAsync([.. Encoding.GetEncoding(encoding).GetPreamble(), .. bytes], most)).ShouldBe(["\uFEFF{\"a\":\"é😀\"}", "", "{\"b\":1}"]);
        }
    }

    [Fact]
    public async Task Line_OfTheLongestLength_IsWhole() =>
        (await ReadAsync(Encoding.UTF8.GetBytes(new string('a', Longest) + "\nb"))).ShouldBe([new string('a', Longest), "b"]);

    [Fact]
    public async Task Line_OneTooLong_IsCutAndItsRestPassedOver() =>
        (await ReadAsync(Encoding.UTF8.GetBytes(new string('a', Longest + 1) + "\nb\n" + new string('c', 100_000) + "\nd"))).ShouldBe(
            [$"cut {new string('a', Longest)}", "b", $"cut {new string('c', Longest)}", "d"]);

    [Fact]
    public async Task Line_ThatNeverEnds_IsAnsweredForBeforeItsEndAndNotHeld()
    {
        var input = new Pipe();
        var reader = new LineReader(input.Reader.AsStream(), Longest);
        await input.Writer.WriteAsync(new byte[10_000], TestContext.Current.CancellationToken);

        var cut = await reader.NextAsync().WaitAsync(Until.Patience, TestContext.Current.CancellationToken);
        cut.ShouldNotBeNull().IsCut.ShouldBeTrue();
        cut.Value.Bytes.Length.ShouldBe(Longest);

        var next = reader.NextAsync();
        for (var i = 0; i < 1000; i++)
        {
            await input.Writer.WriteAsync(new byte[64 * 1024], TestContext.Current.CancellationToken);
        }

        next.IsCompleted.ShouldBeFalse();
        await input.Writer.WriteAsync("\nafter\n"u8.ToArray(), TestContext.Current.CancellationToken);
        Encoding.UTF8.GetString((await next.WaitAsync(Until.Patience, TestContext.Current.CancellationToken)).ShouldNotBeNull().Bytes.Span).ShouldBe("after");
    }

    private static async Task<string[]> ReadAsync(byte[] bytes, int atOnce = int.MaxValue)
    {
        var reader = new LineReader(new Trickle(bytes, atOnce), Longest);
        var lines = new List<string>();
        while (await reader.NextAsync() is { } line)
        {
            lines.Add((line.IsCut ? "cut " : "") + Encoding.UTF8.GetString(line.Bytes.Span));
        }

        return [.. lines];
    }

    /// <summary>Returns at most this many bytes at once, as a pipe may.</summary>
    private sealed class Trickle(byte[] bytes, int most) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, most)], cancellationToken);
    }
}
