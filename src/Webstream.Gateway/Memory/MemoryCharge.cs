namespace Webstream.Gateway.Memory;

/// <summary>What one holder has of a share. Disposing it gives all back, once. Only the holder changes it; any thread may dispose it.</summary>
internal sealed class MemoryCharge(FairShare share, CallerAddress caller) : IDisposable
{
    private const long Disposed = -1;

    private long held;

    /// <summary>How many bytes the charge holds.</summary>
    public long Held => Math.Max(0, Interlocked.Read(ref held));

    /// <summary>Changes how many bytes the charge holds. Fewer are always possible. If there is no room for more, it holds what it held.</summary>
    /// <param name="bytes">How many bytes it is to hold in all.</param>
    /// <param name="most">How much of the share may be in use, these bytes included.</param>
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

    /// <summary>As <see cref="TryHold"/>, but waits its turn for more. A charge that alone is larger than the share gets the whole share.</summary>
    /// <returns>False when too many callers wait.</returns>
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

    /// <summary>Holds so many bytes even if the share has none left: they are in use already. Only for memory that counts for no caller.</summary>
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

    // The share has already given additional bytes; it gets back the bytes that are too many. A charge that was disposed meanwhile keeps nothing.
    private void Keep(long had, long bytes)
    {
        var back = Interlocked.CompareExchange(ref held, bytes, had) == had ? had - bytes : bytes - had;
        if (back > 0)
        {
            share.Return(caller, back);
        }
    }
}
