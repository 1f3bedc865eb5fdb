using Orleans.Configuration;
using Orleans.Providers.Streams.Common;
using Webstream.Grains.Memory;

namespace Webstream.Grains.MessageStream;

/// <summary>
/// The buffers in which the memory stream keeps events, and their bound. Orleans keeps every event for a minimum time, however many arrive
/// meanwhile, and gives no buffer back: a pusher of large messages could fill the memory with events delivered long ago.
/// </summary>
internal sealed class EventBuffers : IObjectPool<FixedSizeBuffer>
{
    /// <summary>The size of a buffer in bytes: more than the largest event.</summary>
    public const int Size = 1024 * 1024;

    /// <summary>The fewest buffers: one that is being filled, and one whose events are being delivered.</summary>
    public const int Fewest = 2;

    private readonly Lock gate = new();
    private readonly MemoryShare share;
    private readonly Queue<DateTime> begunAt = new();
    private readonly int most;
    private FixedSizeBuffer? spare;

    /// <param name="share">The share to which the buffers are charged. They take at most half: the other half is for pushes that wait.</param>
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
            // One spare buffer suffices for the usual turnover.
            spare ??= resource;
            share.Return(Size);
        }
    }

    /// <summary>Whether an event that came this long ago lies in a buffer beyond the bound.</summary>
    public bool IsBeyond(TimeSpan timeInCache)
    {
        lock (gate)
        {
            return begunAt.Count == most && DateTime.UtcNow - timeInCache < begunAt.Peek();
        }
    }
}

/// <summary>When the memory stream evicts an event: when the event is old, or lies in a buffer beyond the bound.</summary>
/// <remarks>A gateway that has not received the event fetches it.</remarks>
internal sealed class EventPurge(StreamCacheEvictionOptions options, EventBuffers buffers)
    : TimePurgePredicate(options.DataMinTimeInCache, options.DataMaxAgeInCache)
{
    /// <inheritdoc/>
    public override bool ShouldPurgeFromTime(TimeSpan timeInCache, TimeSpan relativeAge) =>
        base.ShouldPurgeFromTime(timeInCache, relativeAge) || buffers.IsBeyond(timeInCache);
}
