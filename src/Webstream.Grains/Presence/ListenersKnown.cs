using Webstream.Grains.Hosting;

namespace Webstream.Grains.Presence;

/// <summary>
/// What an owner may conclude from having no leases. One that has just begun may not have been reported to yet: its predecessor's silo
/// died, and the gateways report to the new one within seconds.
/// </summary>
/// <param name="presence">The leases.</param>
/// <param name="lease">How long a lease runs: by then every gateway that lives has reported.</param>
/// <param name="silos">When silos came or went.</param>
/// <param name="oneProcess">Silo and gateway live in one process, and there is no other.</param>
/// <param name="time">The clock.</param>
internal sealed class ListenersKnown(PresenceLeases presence, TimeSpan lease, SiloChanges silos, bool oneProcess, TimeProvider time)
{
    private readonly long begun = time.GetTimestamp();

    /// <summary>Whether any gateway needs the stream, as far as this owner was told.</summary>
    public bool Any => presence.Any;

    /// <summary>No gateway needs the stream, or has been waiting to say that it does.</summary>
    // Reports make an owner: one that begins while no silo comes or goes has no gateway that reported to another.
    public bool SurelyNone => !presence.Any && (time.GetElapsedTime(begun) >= lease || silos.Since >= lease);

    /// <summary>Nobody has subscribed to what is pushed. In one process every listener's own gateway tells it besides.</summary>
    public bool NoneCanHear => !presence.Any && (oneProcess || SurelyNone);
}
