using Webstream.Protocol;

namespace Webstream.Gateway.FanOut;

/// <summary>
/// A stretch of a <see cref="FrameBuffer"/>: bytes that never change once they are counted in <see cref="Length"/>,
/// and where in them each message begins.
/// </summary>
internal sealed class FrameSegment(int capacity, long start, EventId before)
{
    private readonly byte[] bytes = GC.AllocateUninitializedArray<byte>(capacity);
    private readonly List<int> starts = [];
    private volatile int length;
    private volatile FrameSegment? next;
    private volatile bool isSealed;

    /// <summary>How many bytes of the frame buffer come before this segment.</summary>
    public long Start { get; } = start;

    public int Capacity => bytes.Length;

    /// <summary>How many bytes may be read. It only grows, and is set after the bytes are written.</summary>
    public int Length => length;

    public int Free => bytes.Length - length;

    /// <summary>The segment that follows. Once it is there, this one does not grow any more.</summary>
    public FrameSegment? Next
    {
        get => next;
        set => next = value;
    }

    /// <summary>The stream has ended here. The segment does not grow any more, and a reader does not go on to the next one.</summary>
    public bool IsSealed => isSealed;

    /// <summary>The position after the last message in this segment.</summary>
    public EventId Position => before with { Sequence = before.Sequence + starts.Count };

    public int Append(ReadOnlySpan<byte> frame)
    {
        var offset = length;
        frame.CopyTo(bytes.AsSpan(offset));
        length = offset + frame.Length;
        return offset;
    }

    public void Seal() => isSealed = true;

    public void AddStart(int offset) => starts.Add(offset);

    /// <summary>Finds the offset of what follows a message.</summary>
    public bool TryFind(EventId after, out int offset)
    {
        var index = after.Sequence - before.Sequence;
        offset = 0;
        if (after.Epoch != before.Epoch || index < 0 || index > starts.Count)
        {
            return false;
        }

        if (index < starts.Count)
        {
            offset = starts[(int)index];
            return true;
        }

        // After the last message: the end, unless the frame buffer goes on in another segment.
        offset = length;
        return next is null;
    }

    public ReadOnlyMemory<byte> Read(int offset, int most) => bytes.AsMemory(offset, Math.Min(length - offset, most));
}

/// <summary>How far a listener has got in a <see cref="FrameBuffer"/>.</summary>
internal struct FrameCursor(FrameSegment segment, int offset)
{
    private FrameSegment segment = segment;
    private int offset = offset;

    /// <summary>How many bytes of the frame buffer come before this place.</summary>
    public readonly long Position => segment.Start + offset;

    /// <summary>The stream has ended, and everything up to its end has been read.</summary>
    public readonly bool IsAtEndOfStream => segment.IsSealed && offset == segment.Length;

    /// <summary>The next bytes that lie in one segment; empty at the end of the frame buffer. <see cref="Advance"/> moves past them.</summary>
    public ReadOnlyMemory<byte> Next(int most)
    {
        while (true)
        {
            // The order matters: a segment that has a next one does not grow. So its length is read after the next one was looked for.
            var next = segment.Next;
            var read = segment.Read(offset, most);
            if (read.Length > 0 || next is null || segment.IsSealed)
            {
                return read;
            }

            (segment, offset) = (next, 0);
        }
    }

    /// <summary>Moves on by a number of bytes, at most as many as <see cref="Next"/> gave.</summary>
    public void Advance(int count) => offset += count;

    /// <summary>Reads the next bytes and moves past them.</summary>
    public ReadOnlyMemory<byte> Read(int most)
    {
        var next = Next(most);
        Advance(next.Length);
        return next;
    }
}
