using Webstream.Gateway.Memory;

namespace Webstream.Gateway.Connections;

/// <summary>
/// A connection's place among all that are open: taken before its first byte is read, given back when its socket is closed, whoever has it
/// by then. A feature of the connection. Safe for any thread.
/// </summary>
internal sealed class ConnectionPlace : IDisposable
{
    /// <summary>What a connection weighs while the web server has it, with two blocks of buffers, in bytes.</summary>
    public const int ServedWeight = 16 * 1024;

    /// <summary>What it weighs when its socket was handed over: the listener, the socket, what waits for its end.</summary>
    public const int FollowingWeight = 4 * 1024;

    private readonly ConnectionPlaces places;
    private IServedConnection? connection;
    private long idleSince;
    private int requests;

    /// <summary>Only <see cref="ConnectionPlaces"/> makes them.</summary>
    internal ConnectionPlace(ConnectionPlaces places, CallerAddress address, bool isReserve, long now) =>
        (this.places, Address, IsReserve, Since, idleSince, Weight) = (places, address, isReserve, now, now, ServedWeight);

    /// <summary>Whom it is counted for.</summary>
    public CallerAddress Address { get; }

    /// <summary>It is one of those kept for short requests: what lasts is not served on it.</summary>
    public bool IsReserve { get; internal set; }

    /// <summary>When it was taken, in the clock's own measure.</summary>
    public long Since { get; }

    /// <summary>What is charged for it, buffers left out.</summary>
    public int Weight { get; internal set; }

    /// <summary>Where it stands in the list of those that the web server has; -1 when it is not there.</summary>
    internal int Index { get; set; } = -1;

    /// <summary>When it was closed for others, in the clock's own measure; none when it was not.</summary>
    internal long? CutAt { get; set; }

    /// <summary>It was given back.</summary>
    internal bool HasLeft { get; set; }

    /// <summary>Since when no request is under way; none while one is.</summary>
    public long? IdleSince => Volatile.Read(ref requests) == 0 ? Volatile.Read(ref idleSince) : null;

    /// <summary>Something has come since then: most likely the next request, or a part of it.</summary>
    public bool HasHeard { get; private set; }

    /// <summary>The web server has it from now on.</summary>
    public void ServedBy(IServedConnection served)
    {
        connection = served;
        places.Serve(this);
    }

    /// <summary>Something has come from the client.</summary>
    public void Heard() => HasHeard = true;

    /// <summary>A request begins. On one of the reserve that may be the moment for a usual place.</summary>
    public void RequestBegan()
    {
        Interlocked.Increment(ref requests);
        TryKeep();
    }

    /// <summary>A request is over.</summary>
    public void RequestEnded()
    {
        HasHeard = false;
        Volatile.Write(ref idleSince, places.Now);
        Interlocked.Decrement(ref requests);
    }

    /// <summary>Asks for a place that may be kept for long.</summary>
    /// <returns>False when it is of the reserve, and has to stay that.</returns>
    public bool TryKeep() => !IsReserve || places.TryPromote(this);

    /// <summary>Its socket has another owner, and weighs less.</summary>
    public void HandedOver()
    {
        connection = null;
        places.HandOver(this);
    }

    /// <summary>Charges memory that the connection needs beyond its weight.</summary>
    /// <returns>False when there is none left; then the connection is cut.</returns>
    public bool TryCharge(long bytes)
    {
        if (places.TryCharge(this, bytes))
        {
            return true;
        }

        Cut();
        return false;
    }

    /// <summary>Gives back what was charged.</summary>
    public void Uncharge(long bytes) => places.Uncharge(bytes);

    /// <summary>Closes the connection without a word. Not at once, because it can be asked for in the midst of a read or a write.</summary>
    public void Cut() => ThreadPool.UnsafeQueueUserWorkItem(static place => place.connection?.Cut(), this, preferLocal: false);

    /// <summary>The socket is closed.</summary>
    public void Dispose() => places.Leave(this);
}

/// <summary>A connection that the web server has.</summary>
internal interface IServedConnection
{
    /// <summary>Closes it without a word.</summary>
    void Cut();
}
