using Webstream.Grains.Hosting;

namespace Webstream.Grains.Presence;

/// <summary>
/// What an owner may conclude from having no leases. A new owner may not have received reports yet: its predecessor's silo died, and the
/// gateways report to the new owner within seconds.
/// </summary>
/// <param name="presence">The leases.</param>
/// <param name="lease">How long a lease runs: by then every live gateway has reported.</param>
/// <param name="silos">When silos came or went.</param>
/// <param name="oneProcess">Silo and gateway live in one process, and there is no other.</param>
/// <param name="time">The clock.</param>
internal sealed class ListenersKnown(PresenceLeases presence, TimeSpan lease, SiloChanges silos, bool oneProcess, TimeProvider time)
{
    private readonly long begun = time.GetTimestamp();

    /// <summary>Whether any gateway needs the stream, according to the reports that this owner has received.</summary>
    public bool Any => presence.Any;

    /// <summary>No gateway needs the stream, and none is still waiting to report that it does.</summary>
    // A report creates the owner. If no silo came or went, no gateway can have reported to an earlier owner.
    public bool SurelyNone => !presence.Any && (time.GetElapsedTime(begun) >= lease || silos.Since >= lease);

    /// <summary>No gateway has subscribed to the pushes. In one process every listener's own gateway also tells the listener.</summary>
    public bool NoneCanHear => !presence.Any && (oneProcess || SurelyNone);
}
