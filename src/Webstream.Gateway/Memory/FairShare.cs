using Webstream.Grains.Memory;

namespace Webstream.Gateway.Memory;

/// <summary>What became of a wish for memory.</summary>
internal enum Room
{
    /// <summary>It is the caller's.</summary>
    Given,

    /// <summary>The share is used up, or others wait for it.</summary>
    None,

    /// <summary>More than half of the share is used, and the caller's address has half of it.</summary>
    NoneForThisAddress,
}

/// <summary>
/// A share of the process's memory as callers get it. As long as half of it is free, whoever comes is served; from there on one address has
/// at most half. Those who can wait do so in line, each address in its own, and go before those who cannot. Safe for any thread.
/// </summary>
internal sealed class FairShare
{
    private readonly Lock gate = new();
    private readonly Dictionary<CallerAddress, long> parts = [];
    private readonly CallerLines lines = new();
    private readonly int mostWaiting;
    private int waiting;
    private volatile bool crowded;
    private long waited;
    private long refusedAddresses;

    /// <param name="share">The share.</param>
    /// <param name="mostWaiting">How many may wait for it.</param>
    /// <param name="kept">What of it is kept for others than those who come here, in bytes.</param>
    public FairShare(MemoryShare share, int mostWaiting = int.MaxValue, long kept = 0)
    {
        (Share, this.mostWaiting, Limit) = (share, mostWaiting, share.Limit - kept);
        share.Returned += Serve;
    }

    /// <summary>The share.</summary>
    public MemoryShare Share { get; }

    /// <summary>How much of it may be in use when one takes more, in bytes.</summary>
    public long Limit { get; }

    /// <summary>How many wait now.</summary>
    public int Waiting => Volatile.Read(ref waiting);

    /// <summary>How many ever had to wait.</summary>
    public long Waited => Interlocked.Read(ref waited);

    /// <summary>How often an address was refused more than its half.</summary>
    public long RefusedAddresses => Interlocked.Read(ref refusedAddresses);

    /// <summary>A charge for a caller, of nothing yet.</summary>
    public MemoryCharge ChargeFor(CallerAddress caller) => new(this, caller);

    /// <summary>Takes bytes if the caller may have them now.</summary>
    /// <param name="caller">Who gets them.</param>
    /// <param name="bytes">How many.</param>
    /// <param name="most">How much of the share may be in use with them.</param>
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
                room = HasItsHalf(caller, bytes) ? Room.NoneForThisAddress : Room.Given;
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
            // Before the look: what is given back from here on serves the lines.
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

    /// <summary>Gives bytes back, and serves those who wait.</summary>
    public void Return(CallerAddress caller, long bytes)
    {
        if (caller.IsCounted)
        {
            lock (gate)
            {
                Uncount(caller, bytes);
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
                // It may have stood before others.
                ServeLines();
            }

            throw;
        }
    }

    // After a return, which is a full fence: one that began to wait before has been seen, one that begins now sees what was returned.
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

    // Under the gate. One for whom there is no room at all ends it: passed over, a large wish would never come true.
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
                    // It was cancelled just now. The lines are looked at again below.
                    Uncount(waiter.Caller, waiter.Bytes);
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
        if (!caller.IsCounted)
        {
            return TakeFromShare(bytes, most);
        }

        if (HasItsHalf(caller, bytes))
        {
            return Room.NoneForThisAddress;
        }

        var room = TakeFromShare(bytes, most);
        if (room == Room.Given)
        {
            parts[caller] = parts.GetValueOrDefault(caller) + bytes;
        }

        return room;
    }

    // One thing everybody may have, however small the share is.
    private bool HasItsHalf(CallerAddress caller, long bytes) =>
        parts.TryGetValue(caller, out var has) && has + bytes > Limit / 2 && Share.Used + bytes > Limit / 2;

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

    private void Uncount(CallerAddress caller, long bytes)
    {
        if (!caller.IsCounted)
        {
            return;
        }

        var left = parts.GetValueOrDefault(caller) - bytes;
        if (left > 0)
        {
            parts[caller] = left;
        }
        else
        {
            parts.Remove(caller);
        }
    }
}
