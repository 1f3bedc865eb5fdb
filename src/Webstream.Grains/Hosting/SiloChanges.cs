using Orleans.Runtime;

namespace Webstream.Grains.Hosting;

/// <summary>
/// The time when a silo last came or went. An owner that begins long after that knows that its stream has no listeners: gateways report
/// every few seconds, and a report would have created the owner earlier.
/// </summary>
internal sealed class SiloChanges : ISiloStatusListener
{
    private readonly TimeProvider time;
    private long last;

    public SiloChanges(ISiloStatusOracle silos, TimeProvider time)
    {
        this.time = time;
        last = time.GetTimestamp();
        silos.SubscribeToSiloStatusEvents(this);
    }

    /// <summary>How long ago that was, as seen by this silo.</summary>
    public TimeSpan Since => time.GetElapsedTime(Volatile.Read(ref last));

    /// <inheritdoc/>
    public void SiloStatusChangeNotification(SiloAddress updatedSilo, SiloStatus status) => Volatile.Write(ref last, time.GetTimestamp());
}
