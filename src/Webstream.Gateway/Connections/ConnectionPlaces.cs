using System.Net;
using Webstream.Gateway.Addresses;
using Webstream.Gateway.Memory;
using Webstream.Grains.Memory;

namespace Webstream.Gateway.Connections;

/// <summary>
/// All connections of this gateway. Beyond what the files and the share of the memory allow, the gateway closes idle connections first.
/// Then a new connection waits, and then the reserve serves short requests. When the reserve is used up too, connections wait to be
/// accepted. Safe for any thread.
/// </summary>
/// <param name="limits">How many connections there may be now, with so many open.</param>
/// <param name="budget">Connections are charged against its share for connections.</param>
/// <param name="troubles">Reports when there is no place.</param>
/// <param name="time">The clock.</param>
/// <param name="mostOfOne">The most connections of one address; 0: no such limit.</param>
/// <param name="proxies">Addresses that are not limited, because others call through them.</param>
internal sealed class ConnectionPlaces(
    Func<int, ConnectionLimits> limits, MemoryBudget budget, ConnectionTroubles troubles, TimeProvider time,
    int mostOfOne = 0, IReadOnlyList<IPNetwork>? proxies = null)
{
    /// <summary>How long a connection waits for a usual place before it gets one of the reserve: in a storm many become free meanwhile.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    private readonly MemoryShare share = budget.Connections;
    private readonly MeasuredLimits measured = new(limits, budget.Connections, time);
    private readonly Lock gate = new();
    private readonly AddressParts addresses = new(mostOfOne);
    private readonly IdleConnections served = new(time);
    private TaskCompletionSource? freed;
    private long fullSince;
    private int open;
    private int reserved;
    private int waiting;

    /// <summary>How many connections there may be.</summary>
    public ConnectionLimits Limits => measured.Now;

    /// <summary>How many connections are open.</summary>
    public int Open => Volatile.Read(ref open);

    /// <summary>How many open connections the web server has; the others are listeners whose sockets were handed over.</summary>
    public int Served => served.Count;

    /// <summary>How many idle connections were ever closed for others.</summary>
    public long ClosedIdle => served.Closed;

    /// <summary>How many places of the reserve are taken.</summary>
    public int Reserved => Volatile.Read(ref reserved);

    /// <summary>At how many endpoints a connection waits for a place. Such an endpoint accepts no other connection meanwhile.</summary>
    public int Waiting => Volatile.Read(ref waiting);

    /// <summary>There is room for more than the next one.</summary>
    public bool HasRoom
    {
        get
        {
            lock (gate)
            {
                return Waiting == 0 && HasUsual(2 * ConnectionPlace.ServedWeight) && open - reserved < Limits.Usual - (Limits.Usual / 32);
            }
        }
    }

    /// <summary>The time, in the clock's own measure.</summary>
    internal long Now => time.GetTimestamp();

    /// <summary>Finds out how many connections there may be. Called before the first connection is accepted.</summary>
    /// <inheritdoc cref="MeasuredLimits.Measure" path="/exception"/>
    public void Measure() => measured.Measure(Open);

    /// <summary>Takes a place, as soon as one is free.</summary>
    /// <returns>None when this address has its part of the places, and others need the rest.</returns>
    public async ValueTask<ConnectionPlace?> EnterAsync(EndPoint? peer, CancellationToken cancellationToken)
    {
        var ip = PlainAddress.Of((peer as IPEndPoint)?.Address);
        var address = proxies?.Has(ip) == true ? default : CallerAddress.Of(ip);
        if (!TryEnter(address, out var place))
        {
            place = await WaitAsync(address, cancellationToken);
        }

        try
        {
            if (place is null)
            {
                troubles.AddressOver(peer);
            }
            else if (place.IsReserve)
            {
                TellFull();
            }

            return place;
        }
        catch
        {
            place?.Dispose();
            throw;
        }
    }

    /// <summary>Closes a few idle connections, because a resource that each of them uses has run out elsewhere.</summary>
    public void CloseIdle()
    {
        lock (gate)
        {
            served.CloseIdle(reserveIsUsedUp: true);
        }
    }

    /// <summary>From now on the connection can be closed when it is idle and others need its place.</summary>
    internal void Serve(ConnectionPlace place)
    {
        lock (gate)
        {
            served.Add(place);
        }
    }

    internal void HandOver(ConnectionPlace place)
    {
        lock (gate)
        {
            served.Remove(place);
            addresses.GiveBack(place.Address, place.Weight - ConnectionPlace.FollowingWeight);
            Free(place.Weight - ConnectionPlace.FollowingWeight);
            place.Weight = ConnectionPlace.FollowingWeight;
        }
    }

    internal void Leave(ConnectionPlace place)
    {
        lock (gate)
        {
            if (place.HasLeft)
            {
                return;
            }

            place.HasLeft = true;
            served.Remove(place);
            open--;
            reserved -= place.IsReserve ? 1 : 0;
            addresses.Leave(place.Address, place.Weight);
            Free(place.Weight);
        }
    }

    internal bool TryPromote(ConnectionPlace place)
    {
        lock (gate)
        {
            if (place.IsReserve && HasUsual(0))
            {
                reserved--;
                place.IsReserve = false;
            }

            return !place.IsReserve;
        }
    }

    internal bool TryCharge(ConnectionPlace place, long bytes) =>
        (place.IsReserve || share.Used + bytes <= share.Limit - measured.ReserveBytes) && share.TryTake(bytes);

    internal void Uncharge(long bytes) => share.Return(bytes);

    // Under the gate.
    private void Free(int bytes)
    {
        share.Return(bytes);
        freed?.TrySetResult();
        freed = null;
    }

    // Under the gate.
    private bool HasUsual(long bytes) => open - reserved < Limits.Usual && share.Used + bytes <= share.Limit - measured.ReserveBytes;

    /// <returns>False when the connection has to wait. True without a place: the address has its part.</returns>
    private bool TryEnter(CallerAddress address, out ConnectionPlace? place)
    {
        const int Bytes = ConnectionPlace.ServedWeight;
        lock (gate)
        {
            place = null;
            if (addresses.HasItsPart(address, open, Limits.Total, share, Bytes))
            {
                return true;
            }

            var now = Now;
            var isReserve = !HasUsual(Bytes);
            if (isReserve)
            {
                served.CloseIdle(reserveIsUsedUp: reserved >= Limits.Reserve);
            }

            fullSince = !isReserve ? 0 : fullSince == 0 ? now : fullSince;
            if (isReserve && (time.GetElapsedTime(fullSince, now) < Patience || reserved >= Limits.Reserve))
            {
                return false;
            }

            // Nothing that can fail comes after the memory is taken.
            var entering = new ConnectionPlace(this, address, isReserve, now);
            addresses.Enter(address, Bytes);
            if (!share.TryTake(Bytes))
            {
                addresses.Leave(address, Bytes);
                return false;
            }

            open++;
            reserved += isReserve ? 1 : 0;
            place = entering;
            return true;
        }
    }

    private void TellFull()
    {
        troubles.Full(this);
        measured.MeasureAgain(Open);
    }

    private async Task<ConnectionPlace?> WaitAsync(CallerAddress address, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref waiting);
        try
        {
            while (true)
            {
                Task free;
                lock (gate)
                {
                    free = (freed ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
                }

                // The memory can be given back by others too, and the patience passes.
                await free.WaitAsync(LookAgain, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
                if (TryEnter(address, out var place))
                {
                    return place;
                }

                if (Volatile.Read(ref fullSince) is not 0 and var since && time.GetElapsedTime(since) >= Patience)
                {
                    TellFull();
                }
            }
        }
        finally
        {
            Interlocked.Decrement(ref waiting);
        }
    }
}
