using System.Buffers.Binary;

namespace Webstream.Grains.History.Disk;

/// <summary>
/// Looks for commits in a write-ahead log that SQLite will not recover, because something before them is broken. SQLite drops them without a word.
/// Run before SQLite opens the file.
/// </summary>
internal static class WalTail
{
    private const int HeaderLength = 32;
    private const int FrameHeaderLength = 24;
    private const uint Magic = 0x377f0682;

    /// <summary>Whether a frame that ends a transaction of this log stands behind the place where recovery stops.</summary>
    public static bool IsLost(string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        using var file = File.OpenRead(path);
        var header = new byte[HeaderLength];
        if (file.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false) < HeaderLength)
        {
            return false;
        }

        var magic = BinaryPrimitives.ReadUInt32BigEndian(header);
        var pageSize = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(8));
        var sum = new Sum(BigEndian: (magic & 1) == 1).Add(header.AsSpan(0, 24));
        var valid = (magic & ~1u) == Magic && sum.IsAt(header.AsSpan(24));
        if (pageSize is < 512 or > 65536 || (pageSize & (pageSize - 1)) != 0)
        {
            return true;
        }

        var frame = new byte[FrameHeaderLength + pageSize];
        // When the header itself is broken, SQLite takes nothing of the log.
        var stopped = !valid;
        while (file.ReadAtLeast(frame, frame.Length, throwOnEndOfStream: false) == frame.Length)
        {
            var own = header.AsSpan(16, 8).SequenceEqual(frame.AsSpan(8, 8));
            if (stopped)
            {
                // A frame that an earlier use of the log left has other salts.
                if (own && BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(4)) != 0)
                {
                    return true;
                }

                continue;
            }

            sum = sum.Add(frame.AsSpan(0, 8)).Add(frame.AsSpan(FrameHeaderLength));
            stopped = !own || !sum.IsAt(frame.AsSpan(16));
        }

        return false;
    }

    // The checksum of SQLite's file format: over pairs of words, in the byte order that the log's first word tells.
    private readonly record struct Sum(bool BigEndian, uint First = 0, uint Second = 0)
    {
        public Sum Add(ReadOnlySpan<byte> bytes)
        {
            var (first, second) = (First, Second);
            for (var i = 0; i < bytes.Length; i += 8)
            {
                first += Word(bytes[i..]) + second;
                second += Word(bytes[(i + 4)..]) + first;
            }

            return new(BigEndian, first, second);
        }

        public bool IsAt(ReadOnlySpan<byte> bytes) =>
            BinaryPrimitives.ReadUInt32BigEndian(bytes) == First && BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]) == Second;

        private uint Word(ReadOnlySpan<byte> bytes) =>
            BigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }
}
