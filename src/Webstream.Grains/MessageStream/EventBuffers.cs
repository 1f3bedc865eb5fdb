using Orleans.Configuration;
using Orleans.Providers.Streams.Common;
using Webstream.Grains.Memory;

namespace Webstream.Grains.MessageStream;

/// <summary>
/// The buffers in which the memory stream keeps events, and their bound. Orleans keeps events for so long and no less, however many come
/// meanwhile, and gives no buffer back: a pusher of large messages could fill the memory with what was delivered long ago.
/// </summary>
internal sealed class EventBuffers : IObjectPool<FixedSizeBuffer>
{
    /// <summary>The size of a buffer in bytes: more than the largest event.</summary>
    public const int Size = 1024 * 1024;

    /// <summary>The fewest buffers: one being filled, and one whose events are delivered meanwhile.</summary>
    public const int Fewest = 2;

    private readonly Lock gate = new();
    private readonly MemoryShare share;
    private readonly Queue<DateTime> begunAt = new();
    private readonly int most;
    private FixedSizeBuffer? spare;

    /// <param name="share">What they are charged to. They take at most half of it: the other half is for pushes that wait.</param>
    public EventBuffers(MemoryShare share)
    {
        this.share = share;
        most = (int)Math.Clamp(share.Limit / 2 / Size, Fewest, int.MaxValue);
    }

    /// <inheritdoc/>
    public FixedSizeBuffer Allocate()
    {
        lock (gate)
        {
            begunAt.Enqueue(DateTime.UtcNow);
            if (begunAt.Count > most)
            {
                begunAt.Dequeue();
            }

            var buffer = spare ?? new FixedSizeBuffer(Size);
            spare = null;
            buffer.Pool = this;
            share.Take(Size);
            return buffer;
        }
    }

    /// <inheritdoc/>
    public void Free(FixedSizeBuffer resource)
    {
        lock (gate)
        {
            // One, for the usual coming and going.
            spare ??= resource;
            share.Return(Size);
        }
    }

    /// <summary>Whether an event that came this long ago lies in a buffer that is one too many.</summary>
    public bool IsBeyond(TimeSpan timeInCache)
    {
        lock (gate)
        {
            return begunAt.Count == most && DateTime.UtcNow - timeInCache < begunAt.Peek();
        }
    }
}

/// <summary>When an event goes that the memory stream keeps: when it is old, or lies in a buffer that is one too many.</summary>
/// <remarks>A gateway that had not got it fetches it.</remarks>
internal sealed class EventPurge(StreamCacheEvictionOptions options, EventBuffers buffers)
    : TimePurgePredicate(options.DataMinTimeInCache, options.DataMaxAgeInCache)
{
    /// <inheritdoc/>
    public override bool ShouldPurgeFromTime(TimeSpan timeInCache, TimeSpan relativeAge) =>
        base.ShouldPurgeFromTime(timeInCache, relativeAge) || buffers.IsBeyond(timeInCache);
}
