using System.Buffers;
using System.Globalization;
using System.Text;

namespace Webstream.Testing;

/// <summary>Decodes a body with <c>Transfer-Encoding: chunked</c>, in whatever pieces it comes (RFC 9112, 7.1).</summary>
public sealed class ChunkedBody
{
    private readonly StringBuilder line = new();
    private int left;
    private Part part;

    private enum Part
    {
        Size,
        Data,
        EndOfData,
        Trailers,
        Complete,
    }

    /// <summary>Whether the last chunk has come, and the blank line after it.</summary>
    public bool IsComplete => part == Part.Complete;

    /// <summary>Takes the next bytes of the connection.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="body">Where the bytes of the body go.</param>
    /// <returns>How many of the bytes belong to this body; fewer than there are once it is complete.</returns>
    /// <exception cref="FormatException">The bytes are no chunks.</exception>
    public int Feed(ReadOnlySpan<byte> bytes, IBufferWriter<byte> body)
    {
        var rest = bytes;
        while (!rest.IsEmpty && !IsComplete)
        {
            if (part == Part.Data)
            {
                var some = rest[..Math.Min(left, rest.Length)];
                body.Write(some);
                left -= some.Length;
                part = left == 0 ? Part.EndOfData : Part.Data;
                rest = rest[some.Length..];
                continue;
            }

            if (rest[0] == '\n')
            {
                TakeLine(line.ToString().TrimEnd('\r'));
                line.Clear();
            }
            else
            {
                line.Append((char)rest[0]);
            }

            rest = rest[1..];
        }

        return bytes.Length - rest.Length;
    }

    private void TakeLine(string text)
    {
        switch (part)
        {
            case Part.Size:
                left = int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                part = left == 0 ? Part.Trailers : Part.Data;
                break;
            case Part.EndOfData:
                part = text.Length == 0 ? Part.Size : throw new FormatException($"After the bytes of a chunk comes '{text}'.");
                break;
            default:
                part = text.Length == 0 ? Part.Complete : Part.Trailers;
                break;
        }
    }
}
