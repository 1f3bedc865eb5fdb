using System.Buffers.Text;
using System.Text;

namespace Webstream.Bench.Http;

/// <summary>The parts of an HTTP/1.1 response's head that matter here.</summary>
/// <param name="Status">The status code; 0 when the status line is malformed.</param>
/// <param name="Length">The head's own length in bytes, with its empty line.</param>
/// <param name="Chunked">Whether the body comes in chunks.</param>
/// <param name="ContentLength">The body's length, or -1 when the head does not say.</param>
internal readonly record struct ResponseHead(int Status, int Length, bool Chunked, int ContentLength)
{
    /// <summary>False while the head is not complete.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out ResponseHead head)
    {
        head = default;
        var end = bytes.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return false;
        }

        var chunked = false;
        var contentLength = -1;
        var rest = bytes[..(end + 2)];
        var status = ReadStatus(rest);
        for (var line = rest.IndexOf("\r\n"u8); line >= 0; line = rest.IndexOf("\r\n"u8))
        {
            var field = rest[..line];
            rest = rest[(line + 2)..];
            var colon = field.IndexOf((byte)':');
            if (colon < 0)
            {
                continue;
            }

            var value = field[(colon + 1)..].Trim((byte)' ');
            if (Ascii.EqualsIgnoreCase(field[..colon], "Transfer-Encoding"u8))
            {
                chunked = Ascii.EqualsIgnoreCase(value, "chunked"u8);
            }
            else if (Ascii.EqualsIgnoreCase(field[..colon], "Content-Length"u8)
                && Utf8Parser.TryParse(value, out int length, out _))
            {
                contentLength = length;
            }
        }

        head = new ResponseHead(status, end + 4, chunked, contentLength);
        return true;
    }

    /// <summary>The status line, for a person.</summary>
    public static string FirstLine(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)'\r');
        return Encoding.Latin1.GetString(end < 0 ? bytes : bytes[..end]);
    }

    private static int ReadStatus(ReadOnlySpan<byte> line) =>
        line.StartsWith("HTTP/1."u8) && line.Length > 12 && Utf8Parser.TryParse(line[9..12], out int status, out _)
            ? status
            : 0;
}
