namespace Webstream.Gateway.Limits;

/// <summary>What one caller has used of its limits. Safe for any thread.</summary>
/// <param name="time">The clock.</param>
internal sealed class CallerBudget(TimeProvider time)
{
    private readonly Lock gate = new();
    private TokenBucket messages;
    private TokenBucket bytes;
    private TokenBucket newStreams;
    private TokenBucket requests;
    private TokenBucket pushes;
    private TokenBucket wrongKeys;
    private long listeners;
    private bool forgotten;
    private long lastUsed;

    /// <summary>When the caller last used it, in the clock's own measure.</summary>
    public long LastUsed
    {
        get => Volatile.Read(ref lastUsed);
        set => Volatile.Write(ref lastUsed, value);
    }

    /// <summary>Takes what a push holds: all of it, or nothing.</summary>
    /// <param name="count">How many messages.</param>
    /// <param name="messagesPerSecond">The most messages a second; 0: any number.</param>
    /// <param name="size">How many bytes.</param>
    /// <param name="bytesPerSecond">The most bytes a second; 0: any number.</param>
    /// <returns>The limit that refuses it, and how long to wait; none: it is taken.</returns>
    public (Limit Limit, TimeSpan Wait)? TakePush(int count, long messagesPerSecond, long size, long bytesPerSecond)
    {
        lock (gate)
        {
            if (messagesPerSecond > 0 && messages.WaitFor(count, messagesPerSecond, messagesPerSecond, time) is { Ticks: > 0 } forMessages)
            {
                return (Limit.Messages, forMessages);
            }

            if (bytesPerSecond > 0 && bytes.WaitFor(size, bytesPerSecond, bytesPerSecond, time) is { Ticks: > 0 } forBytes)
            {
                return (Limit.Bytes, forBytes);
            }

            messages.Take(messagesPerSecond > 0 ? count : 0);
            bytes.Take(bytesPerSecond > 0 ? size : 0);
            return null;
        }
    }

    /// <summary>Takes one of what is limited by number in a time.</summary>
    /// <param name="limit">What.</param>
    /// <param name="most">How many may come at once, and in the time.</param>
    /// <param name="within">The time.</param>
    /// <returns>How long to wait; zero: it is taken.</returns>
    public TimeSpan Take(Limit limit, long most, TimeSpan within)
    {
        lock (gate)
        {
            ref var bucket = ref BucketOf(limit);
            var wait = bucket.WaitFor(1, most, most / within.TotalSeconds, time);
            if (wait == TimeSpan.Zero)
            {
                bucket.Take(1);
            }

            return wait;
        }
    }

    /// <summary>Gives back one that was taken and not used.</summary>
    public void Return(Limit limit)
    {
        lock (gate)
        {
            BucketOf(limit).Return(1);
        }
    }

    /// <summary>
    /// Counts one more listener, unless there are as many as may be. None: this budget is forgotten, and the caller has another one.
    /// </summary>
    public bool? TryAddListener(long most)
    {
        lock (gate)
        {
            if (forgotten)
            {
                return null;
            }

            if (listeners >= most)
            {
                return false;
            }

            listeners++;
            return true;
        }
    }

    /// <summary>Counts one listener fewer.</summary>
    public void RemoveListener()
    {
        lock (gate)
        {
            listeners--;
        }
    }

    /// <summary>Ends this budget, unless listeners are counted in it.</summary>
    public bool TryForget()
    {
        lock (gate)
        {
            forgotten = listeners == 0;
            return forgotten;
        }
    }

    private ref TokenBucket BucketOf(Limit limit)
    {
        switch (limit)
        {
            case Limit.NewStreams:
                return ref newStreams;
            case Limit.Requests:
                return ref requests;
            case Limit.Pushes:
                return ref pushes;
            case Limit.WrongKeys:
                return ref wrongKeys;
            default:
                throw new ArgumentOutOfRangeException(nameof(limit));
        }
    }
}
