using System.Buffers;
using System.Buffers.Text;

namespace Webstream.Gateway.FanOut;

/// <summary>Who frames the bytes that a listener is sent.</summary>
internal enum Framing
{
    /// <summary>The web server does, or no framing is needed: the bytes are the body's own.</summary>
    Server,

    /// <summary>
    /// The bytes are already chunks of HTTP/1.1 (RFC 9112, 7.1), so that a range of the frame buffer can go to a socket as it is.
    /// </summary>
    Chunked,
}

/// <summary>Writes chunks of HTTP/1.1 (RFC 9112, 7.1).</summary>
internal static class Chunk
{
    private const int MaxDigits = 8;

    /// <summary>The chunk that ends a body.</summary>
    public static ReadOnlySpan<byte> Last => "0\r\n\r\n"u8;

    /// <summary>Writes some bytes of a body, at least one, as one chunk.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> bytes)
    {
        var head = output.GetSpan(MaxDigits + 2);
        Utf8Formatter.TryFormat(bytes.Length, head, out var digits, new StandardFormat('x'));
        "\r\n"u8.CopyTo(head[digits..]);
        output.Advance(digits + 2);
        output.Write(bytes);
        output.Write("\r\n"u8);
    }
}
