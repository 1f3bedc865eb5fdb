namespace Webstream.Grains.MessageStream;

/// <summary>A signal from a silo's wake-ups to its reader of the queue. It remembers one wake-up until the reader waits.</summary>
internal sealed class QueueSignal : IDisposable
{
    private readonly SemaphoreSlim rung = new(0);

    /// <summary>Wakes the reader that waits, or its next wait.</summary>
    public void Set()
    {
        // Two concurrent calls may both count: then the reader reads once in vain.
        if (rung.CurrentCount == 0)
        {
            rung.Release();
        }
    }

    /// <summary>Forgets earlier wake-ups. The reader calls this before it reads the queue: by then the queue has what they were for.</summary>
    public void Reset() => rung.Wait(0, CancellationToken.None);

    /// <summary>Waits for a wake-up.</summary>
    /// <returns>False when none came within the time, or the wait was cancelled.</returns>
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
