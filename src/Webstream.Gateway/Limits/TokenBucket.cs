namespace Webstream.Gateway.Limits;

/// <summary>
/// A rate over time. What is taken is missing, and comes back at the rate. More than the bucket holds may be taken at once from a full one: the
/// rest is a debt, so that a large batch passes and the rate holds all the same. A new one is full. Used under its owner's lock.
/// </summary>
internal struct TokenBucket
{
    private double missing;
    private long at;

    /// <summary>How long a caller has to wait until it may take so many; zero: it may.</summary>
    /// <param name="count">How many.</param>
    /// <param name="most">How many the full bucket holds.</param>
    /// <param name="perSecond">How many come back a second.</param>
    /// <param name="time">The clock.</param>
    public TimeSpan WaitFor(double count, double most, double perSecond, TimeProvider time)
    {
        var now = time.GetTimestamp();
        missing = Math.Max(0, missing - (time.GetElapsedTime(at, now).TotalSeconds * perSecond));
        at = now;
        // Rounding must not refuse what has come back to the last token.
        var over = missing + Math.Min(count, most) - most;
        return over > 1e-6 ? TimeSpan.FromSeconds(over / perSecond) : TimeSpan.Zero;
    }

    /// <summary>Takes so many, after <see cref="WaitFor"/> has allowed it.</summary>
    public void Take(double count) => missing += count;

    /// <summary>Gives back what was taken and not used.</summary>
    public void Return(double count) => missing = Math.Max(0, missing - count);
}
