namespace Webstream.Gateway.Memory;

/// <summary>What one holder has of a share; disposing gives all of it back, once. Its holder alone changes it, anybody may dispose it.</summary>
internal sealed class MemoryCharge(FairShare share, CallerAddress caller) : IDisposable
{
    private const long Disposed = -1;

    private long held;

    /// <summary>How many bytes it holds.</summary>
    public long Held => Math.Max(0, Interlocked.Read(ref held));

    /// <summary>Changes how many bytes it holds. Fewer can always be had; if there is no room for more, it holds what it held.</summary>
    /// <param name="bytes">All that it is to hold.</param>
    /// <param name="most">How much of the share may be in use with them.</param>
    public Room TryHold(long bytes, long most = long.MaxValue)
    {
        var had = Held;
        if (bytes > had && share.TryTake(caller, bytes - had, most) is not Room.Given and var refusal)
        {
            return refusal;
        }

        Keep(had, bytes);
        return Room.Given;
    }

    /// <summary>As <see cref="TryHold"/>, but waits its turn for more. What alone is more than the share gets all of it.</summary>
    /// <returns>False when too many wait.</returns>
    public async ValueTask<bool> HoldInTurnAsync(long bytes, CancellationToken cancellationToken)
    {
        bytes = Math.Min(bytes, share.Limit);
        var had = Held;
        if (bytes > had && !await share.TakeInTurnAsync(caller, bytes - had, cancellationToken))
        {
            return false;
        }

        Keep(had, bytes);
        return true;
    }

    /// <summary>Holds so many bytes whether the share has them left or not: they are in use already. Only for what no caller is counted for.</summary>
    public void Hold(long bytes)
    {
        var had = Held;
        if (bytes > had)
        {
            share.Share.Take(bytes - had);
        }

        Keep(had, bytes);
    }

    public void Dispose()
    {
        var had = Interlocked.Exchange(ref held, Disposed);
        if (had > 0)
        {
            share.Return(caller, had);
        }
    }

    // The share has given what is more; it gets back what is less. One that was disposed meanwhile keeps nothing.
    private void Keep(long had, long bytes)
    {
        var back = Interlocked.CompareExchange(ref held, bytes, had) == had ? had - bytes : bytes - had;
        if (back > 0)
        {
            share.Return(caller, back);
        }
    }
}
