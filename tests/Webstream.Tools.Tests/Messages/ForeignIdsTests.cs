using System.Text;
using System.Text.Json;

namespace Webstream.Tools.Tests.Messages;

public sealed class ForeignIdsTests
{
    private static readonly byte[] Stand = StandsFor("1E+3");

    [Fact]
    public void Restored_OfSeveral_PutsEachNumberBack()
    {
        byte[] json = [.. "{\"id\":"u8, .. Stand, .. ",\"a\":\"1E+3\",\"b\":["u8, .. StandsFor("-0.0"), .. "]}"u8];

        Encoding.UTF8.GetString(ForeignIds.Restored(json).Span).ShouldBe("""{"id":1E+3,"a":"1E+3","b":[-0.0]}""");
    }

    [Fact]
    public void Restored_OfWhatHasNone_IsTheSameMemory()
    {
        ReadOnlyMemory<byte> json = """{"id":"1E+3","result":"p"}"""u8.ToArray();

        ForeignIds.Restored(json).ShouldBe(json);
    }

    [Fact]
    public void Pieces_CutAnywhere_AreRestoredWhenTheirUnfinishedEndsWait()
    {
        byte[] json = [.. "{\"a\":\"text\",\"id\":"u8, .. Stand, .. ",\"b\":1}"u8];
        for (var cut = 0; cut <= json.Length; cut++)
        {
            var first = json.AsMemory(0, cut);
            var unfinished = ForeignIds.Unfinished(first.Span);
            byte[] second = [.. first.Span[^unfinished..], .. json.AsSpan(cut)];

            byte[] restored = [.. ForeignIds.Restored(first[..^unfinished]).Span, .. ForeignIds.Restored(second).Span];

            Encoding.UTF8.GetString(restored).ShouldBe("""{"a":"text","id":1E+3,"b":1}""");
        }
    }

    private static byte[] StandsFor(string number)
    {
        var opened = MessageDoor.Open(Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","id":{{number}},"method":"ping"}"""), "line");
        return Encoding.UTF8.GetBytes(JsonDocument.Parse(opened.Json).RootElement.GetProperty("id").GetRawText());
    }
}
