namespace Webstream.Grains.Presence;

/// <summary>
/// The listeners of one stream on each gateway. A gateway's number stands until its lease runs out; no gateway changes the number of another.
/// </summary>
internal sealed class PresenceLeases(TimeSpan lease, TimeProvider time)
{
    private readonly Dictionary<string, Lease> leases = [];
    private DateTimeOffset nextExpiry = DateTimeOffset.MaxValue;
    private int clients;
    private int gateways;
    private int foreign;
    private int subscribed;

    /// <summary>Whether any gateway needs the stream, with listeners or without.</summary>
    public bool Any
    {
        get
        {
            Expire();
            return subscribed > 0;
        }
    }

    /// <summary>The listeners on all gateways whose lease runs.</summary>
    public int Clients
    {
        get
        {
            Expire();
            return clients;
        }
    }

    /// <summary>The gateways that have at least one listener.</summary>
    public int Gateways
    {
        get
        {
            Expire();
            return gateways;
        }
    }

    /// <summary>How many of the listeners are pages of unknown origin.</summary>
    public int Foreign
    {
        get
        {
            Expire();
            return foreign;
        }
    }

    /// <summary>Takes a report, unless a newer report of the same gateway is known.</summary>
    /// <returns>Whether the numbers changed, by the report or by leases that ran out meanwhile.</returns>
    public bool Take(PresenceReport report)
    {
        var before = (clients, gateways, foreign);
        Expire();
        var known = leases.TryGetValue(report.Gateway, out var old);
        if (known && (report.Incarnation, report.Number).CompareTo((old!.Incarnation, old.Number)) <= 0)
        {
            return before != (clients, gateways, foreign);
        }

        // A lease without listeners is also kept until it runs out. Otherwise a late report could bring its listeners back.
        leases[report.Gateway] = new(report.Incarnation, report.Number, report.Clients, report.Foreign, !report.Last, time.GetUtcNow() + lease);
        Count();
        return before != (clients, gateways, foreign);
    }

    // The sums are cached. They are counted again only after a report, or when a lease runs out.
    private void Expire()
    {
        var now = time.GetUtcNow();
        if (now < nextExpiry)
        {
            return;
        }

        foreach (var (gateway, held) in leases)
        {
            if (held.Expires <= now)
            {
                leases.Remove(gateway);
            }
        }

        Count();
    }

    private void Count()
    {
        (clients, gateways, foreign, subscribed, nextExpiry) = (0, 0, 0, 0, DateTimeOffset.MaxValue);
        foreach (var held in leases.Values)
        {
            clients += held.Clients;
            foreign += held.Foreign;
            gateways += held.Clients > 0 ? 1 : 0;
            subscribed += held.Subscribed ? 1 : 0;
            nextExpiry = held.Expires < nextExpiry ? held.Expires : nextExpiry;
        }
    }

    private sealed record Lease(long Incarnation, long Number, int Clients, int Foreign, bool Subscribed, DateTimeOffset Expires);
}
