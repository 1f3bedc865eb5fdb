using System.Buffers;
using Webstream.Gateway.Memory;
using Webstream.Gateway.Signing;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Streams;

/// <summary>
/// A page of history as encoded frames. Its users are the cache that keeps it and the listeners that read it. The page is charged until the
/// last user disposes it.
/// </summary>
internal sealed class EncodedPage : IDisposable
{
    private readonly MemoryCharge charge;
    private readonly byte[] frames;
    private readonly int[] starts;
    private int uses = 1;

    /// <param name="page">The page as the owner returned it.</param>
    /// <param name="format">The format that its readers want.</param>
    /// <param name="signer">Signs the ids; none: they are as they are.</param>
    /// <param name="isFull">The page ends because it is full, not because there were no more messages.</param>
    /// <param name="charge">The charge for its memory; the page owns it from here on.</param>
    public EncodedPage(HistoryPage page, FrameFormat format, EventIdSigner? signer, bool isFull, MemoryCharge charge)
    {
        (Status, Count, IsFull, this.charge) = (page.Status, page.Messages.Length, isFull, charge);
        if (Count > 0)
        {
            (First, Last) = (page.Messages[0].Id.Sequence, page.Messages[^1].Id.Sequence);
        }

        var output = new ArrayBufferWriter<byte>();
        starts = new int[Count];
        for (var i = 0; i < Count; i++)
        {
            starts[i] = output.WrittenCount;
            SseFrame.WriteMessage(output, signer is null ? page.Messages[i] : signer.Sign(page.Messages[i]), format);
        }

        frames = output.WrittenSpan.ToArray();
        charge.Hold(frames.Length + ((long)starts.Length * sizeof(int)));
    }

    public StreamStatus Status { get; }

    /// <summary>How many messages it has.</summary>
    public int Count { get; }

    /// <summary>The sequence of the first message; 0 when there is none.</summary>
    public long First { get; }

    /// <summary>The sequence of the last message; 0 when there is none.</summary>
    public long Last { get; }

    /// <summary>The page ends because it is full, not because there were no more messages.</summary>
    public bool IsFull { get; }

    /// <summary>Whether the page has a reader besides the cache that keeps it.</summary>
    public bool IsRead => Volatile.Read(ref uses) > 1;

    /// <summary>The frames of the messages after a sequence.</summary>
    public ReadOnlyMemory<byte> FramesAfter(long sequence) => frames.AsMemory(starts[Math.Max(0, sequence + 1 - First)]);

    /// <summary>Adds a use, unless every user has disposed the page already.</summary>
    public bool TryUse()
    {
        for (var seen = Volatile.Read(ref uses); seen > 0;)
        {
            var now = Interlocked.CompareExchange(ref uses, seen + 1, seen);
            if (now == seen)
            {
                return true;
            }

            seen = now;
        }

        return false;
    }

    /// <summary>Gives one use up.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref uses) == 0)
        {
            charge.Dispose();
        }
    }
}
