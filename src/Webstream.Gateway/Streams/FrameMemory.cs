using Webstream.Gateway.Memory;

namespace Webstream.Gateway.Streams;

/// <summary>
/// The memory for what a gateway keeps of streams: the streams themselves, their frames, pages of history. When it is used up, the least used
/// items are evicted.
/// </summary>
internal sealed class FrameMemory(GatewayMemory memory)
{
    private int giving;

    /// <summary>The streams and their frames.</summary>
    public FairShare Frames { get; } = memory.Frames;

    /// <summary>The pages.</summary>
    public FairShare Pages { get; } = memory.Pages;

    /// <summary>How many bytes are in use beyond the share's limit. That can happen, because appends to frame buffers cannot be refused.</summary>
    public long Over => Frames.Share.Used - Frames.Limit;

    /// <summary>Less than an eighth is left, or a stream waits for memory.</summary>
    public bool IsTight => Frames.Share.Used > Frames.Limit / 8 * 7 || Frames.Waiting > 0;

    /// <summary>A stream or a page waits for memory.</summary>
    public bool HasWaiting => Frames.Waiting > 0 || Pages.Waiting > 0;

    /// <summary>As <see cref="IsTight"/>, or a page waits for memory.</summary>
    public bool NeedsRoom => IsTight || Pages.Waiting > 0;

    /// <summary>Evicts what is least used.</summary>
    public Action? GiveWay { get; set; }

    /// <summary>Waits for room for a page.</summary>
    public ValueTask<bool> HoldPageAsync(MemoryCharge charge, long bytes) => HoldAsync(charge, bytes, CancellationToken.None);

    /// <summary>Waits for room to fetch messages, which are held until the result is disposed.</summary>
    public async ValueTask<IDisposable> HoldFetchAsync(int maxMessages, int maxBytes, CancellationToken cancellationToken)
    {
        var charge = memory.Reads.ChargeFor(default);
        await charge.HoldInTurnAsync(GatewayMemory.WeightOfMessages(maxMessages, maxBytes), cancellationToken);
        return charge;
    }

    /// <summary>Waits for room for a stream.</summary>
    public ValueTask<bool> HoldStreamAsync(MemoryCharge charge, CancellationToken cancellationToken) =>
        HoldAsync(charge, GatewayMemory.Stream, cancellationToken);

    private ValueTask<bool> HoldAsync(MemoryCharge charge, long bytes, CancellationToken cancellationToken)
    {
        var holding = charge.HoldInTurnAsync(bytes, cancellationToken);
        if (!holding.IsCompleted && Interlocked.Exchange(ref giving, 1) == 0)
        {
            // On another thread: the caller may hold a gate.
            ThreadPool.UnsafeQueueUserWorkItem(static memory => memory.MakeRoom(), this, preferLocal: false);
        }

        return holding;
    }

    private void MakeRoom()
    {
        Volatile.Write(ref giving, 0);
        GiveWay?.Invoke();
    }
}
