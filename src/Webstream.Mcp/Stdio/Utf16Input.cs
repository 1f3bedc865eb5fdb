using System.Text;

namespace Webstream.Mcp.Stdio;

/// <summary>Converts an input in UTF-16, which some shells write into pipes, to UTF-8.</summary>
internal sealed class Utf16Input
{
    private readonly Decoder decoder;
    private readonly Encoder encoder = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false).GetEncoder();

    private Utf16Input(Encoding encoding) => decoder = encoding.GetDecoder();

    /// <summary>Recognises UTF-16 by its mark, or by a zero byte beside the first character, which is ASCII in JSON.</summary>
    /// <returns>Null when the input is UTF-8.</returns>
    public static Utf16Input? Recognise(ReadOnlySpan<byte> beginning) => beginning switch
    {
        [0xFF, 0xFE, ..] or [>= (byte)'\t' and <= (byte)'~', 0, ..] => new(Encoding.Unicode),
        [0xFE, 0xFF, ..] or [0, >= (byte)'\t' and <= (byte)'~', ..] => new(Encoding.BigEndianUnicode),
        _ => null,
    };

    /// <summary>The next bytes as UTF-8. A character that is cut off at their end comes with the bytes after them. The mark is kept.</summary>
    public ReadOnlyMemory<byte> ToUtf8(ReadOnlySpan<byte> bytes)
    {
        var atEnd = bytes.IsEmpty;
        var characters = new char[decoder.GetCharCount(bytes, atEnd)];
        decoder.GetChars(bytes, characters, atEnd);
        var utf8 = new byte[encoder.GetByteCount(characters, atEnd)];
        encoder.GetBytes(characters, utf8, atEnd);
        return utf8;
    }
}
