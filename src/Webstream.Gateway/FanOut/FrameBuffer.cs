using System.Buffers;
using Webstream.Gateway.Memory;
using Webstream.Protocol;

namespace Webstream.Gateway.FanOut;

/// <summary>
/// The encoded frames of one stream in one format, shared by all its listeners. One writer at a time (under its stream's gate) appends;
/// listeners read without a lock, each from its own <see cref="FrameCursor"/>.
/// </summary>
/// <remarks>
/// A chain of segments. The frame buffer itself holds the recent ones. A cursor holds its own segment, and thereby all segments after it.
/// A segment that nobody holds is garbage.
/// <code>
///   [segment]→[segment]→[segment]→ end
///       ↑ slow      ↑ recent   ↑ everybody else
/// </code>
/// </remarks>
internal sealed class FrameBuffer : IDisposable
{
    // Many streams have few messages: the buffer of a quiet stream shall be small.
    private const int SmallestSegment = 512;
    private const int LargestSegment = 64 * 1024;

    // Enough for a reconnect, or for the change from history to the frames here. Older messages come from the stream's owner.
    private const int RecentBytes = 128 * 1024;

    private readonly FrameFormat format;
    private readonly Framing framing;
    private readonly ArrayBufferWriter<byte> scratch = new();
    private readonly ArrayBufferWriter<byte> chunk = new();
    private readonly FanOutGroup[] groups;
    private readonly FairShare memory;
    private readonly MemoryCharge charge;
    private FrameSegment first;
    private FrameSegment last;

    /// <param name="format">The format that its listeners want.</param>
    /// <param name="framing">Who frames their messages.</param>
    /// <param name="fanOut">The shards that write to its listeners.</param>
    /// <param name="memory">The share that its segments are charged to.</param>
    /// <param name="position">The position of the stream at which the frame buffer begins.</param>
    public FrameBuffer(FrameFormat format, Framing framing, FanOutShards fanOut, FairShare memory, EventId position)
    {
        (this.format, this.framing, this.memory) = (format, framing, memory);
        charge = memory.ChargeFor(default);
        first = last = new(SmallestSegment, 0, position);
        groups = fanOut.GroupsFor(this);
        Weigh();
    }

    /// <summary>How many bytes were ever appended.</summary>
    public long End
    {
        get
        {
            // Read once: shards read this while the writer moves on to another segment.
            var segment = last;
            return segment.Start + segment.Length;
        }
    }

    /// <summary>How many messages were ever appended. Read by shards to see how far a listener is behind.</summary>
    public long Messages { get; private set; }

    /// <summary>How many listeners follow this frame buffer.</summary>
    public int Listeners => groups.Sum(group => group.Count);

    /// <summary>Where the next frame will be.</summary>
    public FrameCursor EndCursor => new(last, last.Length);

    /// <summary>The group that a new listener joins: the smallest, so that each shard gets its share.</summary>
    public FanOutGroup SmallestGroup => groups.MinBy(group => group.Count)!;

    /// <summary>Appends a message; its sequence follows the last one's. Its ids are as the listeners see them.</summary>
    public void Append(StreamMessage message)
    {
        scratch.ResetWrittenCount();
        SseFrame.WriteMessage(scratch, message, format);
        var offset = Append(scratch.WrittenSpan);
        last.AddStart(offset);
        Messages++;
        if (message.IsEnd)
        {
            Seal();
        }
    }

    /// <summary>Moves on past a message that is not for these listeners.</summary>
    public void Pass() => last.AddStart(last.Length);

    /// <summary>Appends an end mark that is before the frame buffer's position, for the listeners that follow, and ends with it.</summary>
    public void AppendEnd(StreamMessage mark)
    {
        scratch.ResetWrittenCount();
        SseFrame.WriteMessage(scratch, mark, format);
        Append(scratch.WrittenSpan);
        Seal();
    }

    /// <summary>Nothing follows here: a listener that has read up to this place ends. After a jump the frame buffer goes on for others.</summary>
    public void Seal() => last.Seal();

    /// <summary>Appends a frame that tells listeners that the stream's position has changed otherwise than by the next message.</summary>
    public void Append(ResumeVerdict verdict, EventId position)
    {
        // The sequences of a segment are consecutive, so a jump begins a new one.
        AddSegment(SmallestSegment, position);
        scratch.ResetWrittenCount();
        SseFrame.WriteResume(scratch, verdict);
        Append(scratch.WrittenSpan);
        if (verdict.Status == ResumeStatus.Reset)
        {
            // Nobody can resume in the epoch that is over.
            Trim();
        }
    }

    /// <summary>Moves to another position without a frame: no listener had anything that could be lost.</summary>
    public void MoveTo(EventId position) => AddSegment(SmallestSegment, position);

    /// <summary>Appends the comment that keeps quiet connections alive.</summary>
    public void AppendKeepalive()
    {
        if (!last.IsSealed)
        {
            Append(SseFrame.Keepalive);
        }
    }

    /// <summary>Finds the place after a message, if the message is among the recent ones.</summary>
    public bool TrySeek(EventId after, out FrameCursor cursor)
    {
        for (var segment = first; segment is not null; segment = segment.Next)
        {
            if (segment.TryFind(after, out var offset))
            {
                cursor = new(segment, offset);
                return true;
            }
        }

        cursor = default;
        return false;
    }

    /// <summary>How many bytes are kept only for listeners that are further behind than the frame buffer itself reaches back.</summary>
    public long KeptByListeners => Math.Max(0, MaxBehind - (End - first.Start));

    /// <summary>Drops every segment but the last. A listener that is behind keeps the segments it still needs, or comes back and resumes.</summary>
    public void Trim()
    {
        first = last;
        Weigh();
    }

    /// <summary>Charges what is in memory now. That changes when listeners catch up or fall behind.</summary>
    public void Weigh() =>
        charge.Hold(last.Start + last.Capacity - Math.Min(first.Start, End - MaxBehind));

    /// <summary>Gives the charge back: no listener follows the frame buffer any more, and none will.</summary>
    public void Dispose() => charge.Dispose();

    /// <summary>Cuts the listener that keeps the most bytes.</summary>
    public void CutMostBehind() => groups.MaxBy(group => group.MaxBehind)!.CutMostBehind();

    /// <summary>Wakes the shards whose listeners have something to read.</summary>
    public void Signal()
    {
        foreach (var group in groups)
        {
            group.Signal();
        }
    }

    private long MaxBehind
    {
        get
        {
            var most = 0L;
            foreach (var group in groups)
            {
                most = Math.Max(most, group.MaxBehind);
            }

            return most;
        }
    }

    private int Append(ReadOnlySpan<byte> frame)
    {
        if (framing == Framing.Chunked)
        {
            chunk.ResetWrittenCount();
            Chunk.Write(chunk, frame);
            frame = chunk.WrittenSpan;
        }

        if (frame.Length > last.Free)
        {
            AddSegment(Math.Max(frame.Length, Math.Min(last.Capacity * 2, LargestSegment)), last.Position);
        }

        return last.Append(frame);
    }

    private void AddSegment(int size, EventId position)
    {
        var segment = new FrameSegment(size, End, position);
        last.Next = segment;
        last = segment;
        while (first.Next is { } next && next != last && End - next.Start >= RecentBytes)
        {
            first = next;
        }

        Weigh();
        if (first != last && memory.Share.Used > memory.Limit)
        {
            Trim();
        }
    }
}
