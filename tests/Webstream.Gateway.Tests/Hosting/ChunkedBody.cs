using System.Buffers;
using System.Globalization;
using System.Text;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>Decodes a body with <c>Transfer-Encoding: chunked</c>, in whatever pieces it comes (RFC 9112, 7.1).</summary>
internal sealed class ChunkedBody
{
    private readonly StringBuilder head = new();
    private int left;
    private int trailer;

    /// <summary>Whether the last chunk has come.</summary>
    public bool IsComplete { get; private set; }

    public void Feed(ReadOnlySpan<byte> bytes, IBufferWriter<byte> body)
    {
        while (!bytes.IsEmpty && !IsComplete)
        {
            if (left > 0)
            {
                var part = bytes[..Math.Min(left, bytes.Length)];
                body.Write(part);
                left -= part.Length;
                trailer = left == 0 ? 2 : 0;
                bytes = bytes[part.Length..];
            }
            else if (trailer > 0)
            {
                trailer--;
                bytes = bytes[1..];
            }
            else
            {
                TakeHead((char)bytes[0]);
                bytes = bytes[1..];
            }
        }
    }

    private void TakeHead(char next)
    {
        if (next != '\n')
        {
            head.Append(next);
            return;
        }

        left = int.Parse(head.ToString().TrimEnd('\r'), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        head.Clear();
        IsComplete = left == 0;
    }
}
