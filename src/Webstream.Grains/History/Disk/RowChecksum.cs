using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Webstream.Grains.History.Disk;

/// <summary>
/// The checksum of a row over all its fields: SQLite's pages have none. Used by one thread at a time. Texts and bytes come with their length, so
/// that fields cannot be shifted into each other.
/// </summary>
internal sealed class RowChecksum
{
    private readonly XxHash3 hash = new();

    /// <summary>The hash of a key, by which it is found.</summary>
    public static long OfKey(string key) => unchecked((long)XxHash3.HashToUInt64(MemoryMarshal.AsBytes(key.AsSpan())));

    public RowChecksum Add(long number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        hash.Append(bytes);
        return this;
    }

    public RowChecksum Add(long? number) => Add(number is null ? 0L : 1L).Add(number ?? 0);

    public RowChecksum Add(ReadOnlySpan<byte> bytes)
    {
        Add((long)bytes.Length);
        hash.Append(bytes);
        return this;
    }

    public RowChecksum Add(byte[]? bytes) => bytes is null ? Add(-1L) : Add(bytes.AsSpan());

    public RowChecksum Add(string? text) => text is null ? Add(-1L) : Add(MemoryMarshal.AsBytes(text.AsSpan()));

    /// <summary>The sum of what was added; the next row begins.</summary>
    public long Take()
    {
        var sum = unchecked((long)hash.GetCurrentHashAsUInt64());
        hash.Reset();
        return sum;
    }
}
