using Microsoft.AspNetCore.Connections;

namespace Webstream.Grains.Peers;

/// <summary>
/// The connections at a port whose other side has not shown yet that it belongs to the cluster. When there are too many, the oldest one ends: whoever
/// belongs here needs milliseconds, so connections that only take places never keep it out.
/// </summary>
internal sealed class UnprovenConnections
{
    /// <summary>So many at a time.</summary>
    public const int Max = 256;

    private readonly Lock gate = new();
    private readonly LinkedList<Place> places = new();

    /// <summary>Takes a place for a connection, until it is disposed of.</summary>
    public Place Enter(ConnectionContext connection)
    {
        var place = new Place(this, connection);
        Place? oldest = null;
        lock (gate)
        {
            place.Node = places.AddLast(place);
            if (places.Count > Max)
            {
                oldest = places.First!.Value;
                places.RemoveFirst();
            }
        }

        oldest?.Lose();
        return place;
    }

    private void Leave(Place place)
    {
        lock (gate)
        {
            if (place.Node.List is not null)
            {
                places.Remove(place.Node);
            }
        }
    }

    /// <summary>The place of one connection.</summary>
    internal sealed class Place(UnprovenConnections all, ConnectionContext connection) : IDisposable
    {
        /// <summary>Whether the connection was ended for a newer one.</summary>
        public bool IsLost { get; private set; }

        internal LinkedListNode<Place> Node { get; set; } = null!;

        public void Dispose() => all.Leave(this);

        internal void Lose()
        {
            IsLost = true;
            connection.Abort(new ConnectionAbortedException("Too many connections prove nothing."));
        }
    }
}
