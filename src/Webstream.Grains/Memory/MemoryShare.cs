namespace Webstream.Grains.Memory;

/// <summary>A part of the process's memory that clients can make it hold, and how much of it is in use. Safe for any thread.</summary>
/// <param name="name">The share's name in metrics and settings.</param>
/// <param name="limit">How much may be in use, in bytes.</param>
public sealed class MemoryShare(string name, long limit)
{
    private long used;
    private long refused;

    /// <summary>Bytes were given back: callers that wait for bytes may try again.</summary>
    public event Action? Returned;

    /// <summary>The share's name in metrics and settings.</summary>
    public string Name { get; } = name;

    /// <summary>How much may be in use, in bytes.</summary>
    public long Limit { get; } = limit;

    /// <summary>How much is in use, in bytes.</summary>
    public long Used => Interlocked.Read(ref used);

    /// <summary>How many requests were refused.</summary>
    public long Refused => Interlocked.Read(ref refused);

    /// <summary>More than half of the share is in use: rules for fairness between callers apply from here on.</summary>
    public bool IsTight => Used > Limit / 2;

    /// <summary>Takes bytes if the share has them left, and counts a refusal if not. Never overshoots, not even for a moment.</summary>
    public bool TryTake(long bytes)
    {
        if (TryTakeQuietly(bytes, Limit))
        {
            return true;
        }

        Refuse();
        return false;
    }

    /// <summary>As <see cref="TryTake"/>, for a caller that can wait: no refusal is counted.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="most">How much of the share may be in use including them, in bytes; at most the whole share.</param>
    public bool TryTakeQuietly(long bytes, long most)
    {
        most = Math.Min(most, Limit);
        var now = Used;
        while (now + bytes <= most)
        {
            var seen = Interlocked.CompareExchange(ref used, now + bytes, now);
            if (seen == now)
            {
                return true;
            }

            now = seen;
        }

        return false;
    }

    /// <summary>Counts a refusal that was decided elsewhere.</summary>
    public void Refuse() => Interlocked.Increment(ref refused);

    /// <summary>Counts bytes that are held already, whether the share has them left or not.</summary>
    public void Take(long bytes) => Interlocked.Add(ref used, bytes);

    /// <summary>Gives bytes back that were taken.</summary>
    public void Return(long bytes)
    {
        Interlocked.Add(ref used, -bytes);
        Returned?.Invoke();
    }
}
