namespace Webstream.Gateway.Streams;

/// <summary>The identity of this gateway: for the streams that it reports to, and for callers that ask for it.</summary>
/// <param name="Name">The same after a restart in the same place, so that the restarted gateway's numbers replace the old ones at once.</param>
/// <param name="Instance">A new value at every start.</param>
/// <param name="StartedAt">When the gateway started; also its incarnation, which rises.</param>
internal sealed record GatewayIdentity(string Name, string Instance, DateTimeOffset StartedAt)
{
    private long reports;

    public long Incarnation => StartedAt.UtcTicks;

    /// <summary>Numbers the reports of all streams, including the reports of a stream that was closed here and opened again.</summary>
    public long NextReport() => Interlocked.Increment(ref reports);
}
