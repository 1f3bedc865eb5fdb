namespace Webstream.Gateway.Connections;

/// <summary>
/// The connections that the web server has. When places run out, this class closes some on which nothing is under way, the longest idle
/// first. HTTP clients expect that at any time, and a client that needs a connection opens another. Not for several threads at once.
/// </summary>
internal sealed class IdleConnections(TimeProvider time)
{
    /// <summary>A connection that is silent for less is not closed: its request may be on the way.</summary>
    public static readonly TimeSpan LeastIdle = TimeSpan.FromSeconds(1);

    /// <summary>How long the head of a request may take, once its first bytes have come.</summary>
    public static readonly TimeSpan HeadTime = TimeSpan.FromSeconds(10);

    /// <summary>How long a connection may keep its place of the reserve when others need it.</summary>
    public static readonly TimeSpan ReserveTime = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    private readonly List<ConnectionPlace> served = [];
    private long? lastLook;

    /// <summary>How many connections there are.</summary>
    public int Count => served.Count;

    /// <summary>How many connections were ever closed for others.</summary>
    public long Closed { get; private set; }

    public void Add(ConnectionPlace place)
    {
        place.Index = served.Count;
        served.Add(place);
    }

    public void Remove(ConnectionPlace place)
    {
        if (place.Index < 0)
        {
            return;
        }

        var moved = served[^1];
        served[place.Index] = moved;
        moved.Index = place.Index;
        served.RemoveAt(served.Count - 1);
        place.Index = -1;
    }

    /// <summary>Closes a few idle connections. When the reserve is used up, also closes those of the reserve that take too long.</summary>
    public void CloseIdle(bool reserveIsUsedUp)
    {
        if (lastLook is { } last && time.GetElapsedTime(last) < BetweenLooks)
        {
            return;
        }

        lastLook = time.GetTimestamp();
        // Closes a part at a time, so that the next call finds some left. The part includes connections that were closed before but are not gone yet.
        var most = Math.Max(1, served.Count / 32) - served.Count(IsLeaving);
        var idle = served.Where(IsIdle).OrderBy(place => place.IdleSince ?? long.MaxValue).Take(most).ToArray();
        Close(idle);
        if (reserveIsUsedUp)
        {
            Close(served.Where(place => place.IsReserve && time.GetElapsedTime(place.Since) >= ReserveTime).Except(idle).ToArray());
        }
    }

    private void Close(ConnectionPlace[] places)
    {
        Closed += places.Length;
        foreach (var place in places)
        {
            place.CutAt = time.GetTimestamp();
            place.Cut();
        }
    }

    private bool IsLeaving(ConnectionPlace place) => place.CutAt is { } since && time.GetElapsedTime(since) < HeadTime;

    private bool IsIdle(ConnectionPlace place) =>
        !IsLeaving(place) && place.IdleSince is { } since && time.GetElapsedTime(since) >= (place.HasHeard ? HeadTime : LeastIdle);
}
