using Webstream.Grains.Memory;

namespace Webstream.Gateway.Memory;

/// <summary>
/// A share of the process's memory, divided among callers. While half of it is free, every caller is served. Beyond that, one address has at
/// most half. Callers that can wait do so in a queue for each address, and go before callers that cannot wait. Safe for any thread.
/// </summary>
internal sealed class FairShare
{
    private readonly Lock gate = new();
    private readonly CallerParts parts;
    private readonly CallerLines lines = new();
    private readonly int mostWaiting;
    private int waiting;
    private volatile bool crowded;
    private long waited;
    private long refusedAddresses;

    /// <param name="share">The share.</param>
    /// <param name="mostWaiting">How many callers may wait for it.</param>
    /// <param name="kept">How much of the share is kept for users that do not come through this object, in bytes.</param>
    public FairShare(MemoryShare share, int mostWaiting = int.MaxValue, long kept = 0)
    {
        (Share, this.mostWaiting, Limit) = (share, mostWaiting, share.Limit - kept);
        parts = new(Limit);
        share.Returned += Serve;
    }

    /// <summary>The share.</summary>
    public MemoryShare Share { get; }

    /// <summary>How much of the share may be in use when a caller takes more, in bytes.</summary>
    public long Limit { get; }

    /// <summary>How many callers wait now.</summary>
    public int Waiting => Volatile.Read(ref waiting);

    /// <summary>How many callers ever had to wait.</summary>
    public long Waited => Interlocked.Read(ref waited);

    /// <summary>How often an address was refused more than its half.</summary>
    public long RefusedAddresses => Interlocked.Read(ref refusedAddresses);

    /// <summary>A charge for a caller, of nothing yet.</summary>
    public MemoryCharge ChargeFor(CallerAddress caller) => new(this, caller);

    /// <summary>Takes bytes if the caller may have them now.</summary>
    /// <param name="caller">The address that gets them.</param>
    /// <param name="bytes">How many bytes.</param>
    /// <param name="most">How much of the share may be in use, these bytes included.</param>
    public Room TryTake(CallerAddress caller, long bytes, long most = long.MaxValue)
    {
        var room = Room.None;
        if (!crowded)
        {
            if (!caller.IsCounted)
            {
                room = TakeFromShare(bytes, most);
            }
            else
            {
                lock (gate)
                {
                    room = Take(caller, bytes, most);
                }
            }
        }

        Count(room);
        return room;
    }

    /// <summary>What <see cref="TryTake"/> would say; a refusal is counted.</summary>
    public Room Look(CallerAddress caller, long bytes, long most = long.MaxValue)
    {
        var room = crowded || Share.Used + bytes > Math.Min(most, Limit) ? Room.None : Room.Given;
        if (room == Room.Given && caller.IsCounted)
        {
            lock (gate)
            {
                room = parts.HasItsHalf(caller, bytes, Share.Used) ? Room.NoneForThisAddress : Room.Given;
            }
        }

        Count(room);
        return room;
    }

    /// <summary>Takes bytes, as soon as it is the caller's turn and there is room.</summary>
    /// <returns>False, at once, when as many wait as may: of one address half as many, once half the places are taken.</returns>
    /// <exception cref="OperationCanceledException">The caller does not want them any more; it has none.</exception>
    public ValueTask<bool> TakeInTurnAsync(CallerAddress caller, long bytes, CancellationToken cancellationToken)
    {
        CallerLines.Waiter waiter;
        lock (gate)
        {
            if (lines.Count == 0 && Take(caller, bytes) == Room.Given)
            {
                return new(true);
            }

            waiter = lines.Add(caller, bytes);
            // Before the look at the share: bytes that are given back from here on serve the queues.
            Interlocked.Increment(ref waiting);
            ServeLines();
            if (waiter.Task.IsCompleted)
            {
                return new(true);
            }

            var half = mostWaiting / 2;
            if (waiting > mostWaiting || (caller.IsCounted && waiting > half && lines.Length(caller) > half))
            {
                Remove(waiter);
                Share.Refuse();
                return new(false);
            }
        }

        Interlocked.Increment(ref waited);
        return new(WaitAsync(waiter, cancellationToken));
    }

    /// <summary>Gives bytes back, and serves the callers that wait.</summary>
    public void Return(CallerAddress caller, long bytes)
    {
        if (caller.IsCounted)
        {
            lock (gate)
            {
                parts.Remove(caller, bytes);
            }
        }

        Share.Return(bytes);
    }

    private async Task<bool> WaitAsync(CallerLines.Waiter waiter, CancellationToken cancellationToken)
    {
        await using var cancelled = cancellationToken.UnsafeRegister(
            static (state, token) => ((CallerLines.Waiter)state!).TrySetCanceled(token), waiter);
        try
        {
            await waiter.Task;
            return true;
        }
        catch (OperationCanceledException)
        {
            lock (gate)
            {
                Remove(waiter);
                // The waiter may have blocked others behind it.
                ServeLines();
            }

            throw;
        }
    }

    // Runs after a return, which is a full fence: a caller that began to wait before is seen here, one that begins now sees the returned bytes.
    private void Serve()
    {
        if (Volatile.Read(ref waiting) > 0)
        {
            lock (gate)
            {
                ServeLines();
            }
        }
    }

    // Under the gate. A waiter for which there is no room at all ends the loop: if it were passed over, a large request would starve.
    private void ServeLines()
    {
        crowded = false;
        for (var left = lines.Count; left > 0; left--)
        {
            var waiter = lines.First;
            var room = Take(waiter.Caller, waiter.Bytes);
            if (room == Room.None)
            {
                crowded = true;
                return;
            }

            if (room == Room.Given)
            {
                Remove(waiter);
                if (!waiter.TrySetResult())
                {
                    // The waiter was cancelled just now. The loop looks at the queues again below.
                    parts.Remove(waiter.Caller, waiter.Bytes);
                    Share.Return(waiter.Bytes);
                }

                // The next round begins: nobody was passed over since.
                left = lines.Count + 1;
            }

            lines.Rotate();
        }
    }

    private void Remove(CallerLines.Waiter waiter)
    {
        if (lines.Remove(waiter))
        {
            Interlocked.Decrement(ref waiting);
        }
    }

    // Under the gate.
    private Room Take(CallerAddress caller, long bytes, long most = long.MaxValue)
    {
        if (parts.HasItsHalf(caller, bytes, Share.Used))
        {
            return Room.NoneForThisAddress;
        }

        var room = TakeFromShare(bytes, most);
        if (room == Room.Given)
        {
            parts.Add(caller, bytes);
        }

        return room;
    }

    private void Count(Room room)
    {
        switch (room)
        {
            case Room.None:
                Share.Refuse();
                break;
            case Room.NoneForThisAddress:
                Interlocked.Increment(ref refusedAddresses);
                break;
        }
    }

    private Room TakeFromShare(long bytes, long most) => Share.TryTakeQuietly(bytes, Math.Min(most, Limit)) ? Room.Given : Room.None;
}
