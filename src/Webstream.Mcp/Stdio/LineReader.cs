namespace Webstream.Mcp.Stdio;

/// <summary>A line of the input.</summary>
/// <param name="Bytes">Its bytes, without the line's end. They are valid until the next line is read.</param>
/// <param name="IsCut">The line is too long: these are its first bytes, and the rest is skipped.</param>
internal readonly record struct InputLine(ReadOnlyMemory<byte> Bytes, bool IsCut);

/// <summary>
/// Reads lines, and holds at most one line of the input. A line ends with a line feed. A carriage return ends it too where a JSON object
/// ends before it; elsewhere it is white space, as in JSON. An input in UTF-16 is recognised by its mark or its first character.
/// </summary>
/// <param name="input">The input.</param>
/// <param name="longest">The longest line in bytes.</param>
internal sealed class LineReader(Stream input, int longest)
{
    private const int ChunkLength = 16 * 1024;
    private const int UsualLine = 64 * 1024;

    private readonly byte[] raw = new byte[ChunkLength];
    private Utf16Input? utf16;
    private bool begun;
    private ReadOnlyMemory<byte> chunk;
    private byte[] line = [];
    private int length;
    private bool returned = true;
    private bool passingOver;
    private JsonExtent extent;
    private int measured;

    /// <summary>The next line, blank or not; null at the end of the input.</summary>
    public async Task<InputLine?> NextAsync()
    {
        Begin();
        while (true)
        {
            if (chunk.IsEmpty && !await FillAsync())
            {
                returned = true;
                return length > 0 && !passingOver ? new(line.AsMemory(0, length), false) : null;
            }

            if (passingOver)
            {
                var end = chunk.Span.IndexOf((byte)'\n');
                passingOver = end < 0;
                chunk = chunk[(end < 0 ? chunk.Length : end + 1)..];
            }
            else if (Take() is { } taken)
            {
                returned = true;
                return taken;
            }
        }
    }

    // The buffer of a long line is not kept after the line was answered.
    private void Begin()
    {
        if (returned)
        {
            line = line.Length > UsualLine ? [] : line;
            (length, measured, extent, returned) = (0, 0, default, false);
        }
    }

    // Takes the next part of the chunk: a line that ends there, or a piece of one, which returns null.
    private InputLine? Take()
    {
        var end = chunk.Span.IndexOfAny((byte)'\n', (byte)'\r');
        var piece = end < 0 ? chunk.Length : end;
        if (length + piece > longest)
        {
            piece = Math.Max(0, longest - length);
            Append(chunk.Span[..piece]);
            passingOver = true;
            chunk = chunk[piece..];
            return new(line.AsMemory(0, length), true);
        }

        Append(chunk.Span[..piece]);
        if (end < 0)
        {
            chunk = default;
            return null;
        }

        var isReturn = chunk.Span[end] == '\r';
        chunk = chunk[(end + 1)..];
        if (!isReturn || IsWhole())
        {
            return new(line.AsMemory(0, length), false);
        }

        Append(" "u8);
        return null;
    }

    private bool IsWhole()
    {
        extent.Measure(line.AsSpan(measured, length - measured));
        measured = length;
        return extent.IsWhole;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (length + bytes.Length > line.Length)
        {
            Array.Resize(ref line, Math.Max(length + bytes.Length, Math.Min(2 * line.Length, longest + 1)));
        }

        bytes.CopyTo(line.AsSpan(length));
        length += bytes.Length;
    }

    private async Task<bool> FillAsync()
    {
        var count = await input.ReadAsync(raw);
        if (!begun)
        {
            // Two bytes are needed to distinguish UTF-16 from UTF-8.
            while (count == 1 && await input.ReadAsync(raw.AsMemory(1)) is > 0 and var more)
            {
                count += more;
            }

            begun = true;
            utf16 = Utf16Input.Recognise(raw.AsSpan(0, count));
        }

        chunk = utf16 is null ? raw.AsMemory(0, count) : utf16.ToUtf8(raw.AsSpan(0, count));
        return count > 0 || !chunk.IsEmpty;
    }
}
