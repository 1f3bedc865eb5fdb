using Webstream.Gateway.Memory;

namespace Webstream.Gateway.Connections;

/// <summary>
/// A connection's place among all open connections. It is taken before the connection's first byte is read. It is given back when the socket
/// is closed, whoever owns the socket by then. A feature of the connection. Safe for any thread.
/// </summary>
internal sealed class ConnectionPlace : IDisposable
{
    /// <summary>What a connection weighs while the web server has it, with two blocks of buffers, in bytes.</summary>
    public const int ServedWeight = 16 * 1024;

    /// <summary>What a connection weighs after its socket was handed over: the listener, the socket, and the wait for its end; in bytes.</summary>
    public const int FollowingWeight = 4 * 1024;

    private readonly ConnectionPlaces places;
    private IServedConnection? connection;
    private long idleSince;
    private int requests;

    /// <summary>Only <see cref="ConnectionPlaces"/> makes places.</summary>
    internal ConnectionPlace(ConnectionPlaces places, CallerAddress address, bool isReserve, long now) =>
        (this.places, Address, IsReserve, Since, idleSince, Weight) = (places, address, isReserve, now, now, ServedWeight);

    /// <summary>The address for which the connection is counted.</summary>
    public CallerAddress Address { get; }

    /// <summary>The place is one of the reserve for short requests: requests that last are not served on it.</summary>
    public bool IsReserve { get; internal set; }

    /// <summary>When the place was taken, in the clock's own measure.</summary>
    public long Since { get; }

    /// <summary>What is charged for the connection, buffers left out, in bytes.</summary>
    public int Weight { get; internal set; }

    /// <summary>The place's index in the list of connections that the web server has; -1 when it is not in the list.</summary>
    internal int Index { get; set; } = -1;

    /// <summary>When the connection was closed to make room for others, in the clock's own measure; none when it was not.</summary>
    internal long? CutAt { get; set; }

    /// <summary>The place was given back.</summary>
    internal bool HasLeft { get; set; }

    /// <summary>Since when no request is under way; none while one is.</summary>
    public long? IdleSince => Volatile.Read(ref requests) == 0 ? Volatile.Read(ref idleSince) : null;

    /// <summary>The client has sent something since then: most likely the next request, or a part of it.</summary>
    public bool HasHeard { get; private set; }

    /// <summary>The web server has the connection from now on.</summary>
    public void ServedBy(IServedConnection served)
    {
        connection = served;
        places.Serve(this);
    }

    /// <summary>The client has sent something.</summary>
    public void Heard() => HasHeard = true;

    /// <summary>A request begins. A place of the reserve may become a usual place at that moment.</summary>
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
    /// <returns>False when the place is of the reserve, and has to stay in it.</returns>
    public bool TryKeep() => !IsReserve || places.TryPromote(this);

    /// <summary>The socket has another owner, and the connection weighs less.</summary>
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

    /// <summary>Gives back charged memory.</summary>
    public void Uncharge(long bytes) => places.Uncharge(bytes);

    /// <summary>Closes the connection without an answer. Not at once, because a caller can ask for it in the midst of a read or a write.</summary>
    public void Cut() => ThreadPool.UnsafeQueueUserWorkItem(static place => place.connection?.Cut(), this, preferLocal: false);

    /// <summary>The socket is closed.</summary>
    public void Dispose() => places.Leave(this);
}

/// <summary>A connection that the web server has.</summary>
internal interface IServedConnection
{
    /// <summary>Closes the connection without an answer.</summary>
    void Cut();
}
