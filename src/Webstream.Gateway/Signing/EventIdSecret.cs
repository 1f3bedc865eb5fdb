namespace Webstream.Gateway.Signing;

/// <summary>
/// The cluster's secret for event ids, as this gateway knows it. It is asked for when a listener that needs it comes, and then is no older than
/// <see cref="Fresh"/>: a store that was emptied has another one. Safe for any thread.
/// </summary>
/// <param name="ask">Asks the cluster.</param>
/// <param name="time">The clock.</param>
internal sealed class EventIdSecret(Func<Task<byte[]>> ask, TimeProvider time)
{
    /// <summary>How old its knowledge may be when a listener comes.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly Lock gate = new();
    private Task asking = Task.CompletedTask;
    private volatile EventIdSigner? signer;
    private volatile bool hasFailed;
    private long askedAt;

    /// <summary>Signs ids. Available once one listener has waited for it.</summary>
    public EventIdSigner Signer => signer ?? throw new InvalidOperationException("Nobody has waited for the secret.");

    /// <summary>
    /// Waits until the secret is known. While the cluster does not answer, one that was known before goes on; without one the caller waits, because
    /// an id that nobody can check would lose its listener's place.
    /// </summary>
    /// <exception cref="OperationCanceledException">The caller does not want it any more.</exception>
    public async Task<EventIdSigner> WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await TryGetAsync().WaitAsync(cancellationToken) is { } known)
            {
                return known;
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <summary>What is known now, after a question if that is not fresh. None: it was never known, and nobody answers.</summary>
    public async Task<EventIdSigner?> TryGetAsync()
    {
        var asked = AskOnceAsync();
        // Nobody waits for an answer that did not come the last time, as long as there is an older one.
        await (hasFailed && signer is not null ? Task.CompletedTask : asked);
        return signer;
    }

    private Task AskOnceAsync()
    {
        lock (gate)
        {
            if (asking.IsCompleted && (signer is null || time.GetElapsedTime(askedAt) > Fresh))
            {
                asking = AskAsync();
            }

            return asking;
        }
    }

    private async Task AskAsync()
    {
        // Off the gate, which the caller holds.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            var secret = await ask().WaitAsync(Patience, time);
            signer = signer?.Has(secret) == true ? signer : new(secret);
            hasFailed = false;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // The cluster is away, or a silo of an older version has no secrets. The listener's own question to the owner says so.
            hasFailed = true;
        }

        Volatile.Write(ref askedAt, time.GetTimestamp());
    }
}
