namespace Webstream.Grains.MessageStream;

/// <summary>Between a silo's wake-ups and its reader of the queue: remembers one until somebody waits for it.</summary>
internal sealed class QueueSignal : IDisposable
{
    private readonly SemaphoreSlim rung = new(0);

    /// <summary>Wakes who waits, or who will wait next.</summary>
    public void Set()
    {
        // Two at once may both count: then the reader looks once for nothing.
        if (rung.CurrentCount == 0)
        {
            rung.Release();
        }
    }

    /// <summary>Forgets what was rung before now. To be called before a look at the queue: what was rung for is in there by then.</summary>
    public void Reset() => rung.Wait(0, CancellationToken.None);

    /// <summary>Waits until it is rung.</summary>
    /// <returns>False when nobody rang for that long, or nobody wants to know any more.</returns>
    public async Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        try
        {
            return await rung.WaitAsync(atMost, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => rung.Dispose();
}
