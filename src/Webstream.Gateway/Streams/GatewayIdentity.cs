namespace Webstream.Gateway.Streams;

/// <summary>Who this gateway is, to the streams it reports to and to those who ask.</summary>
/// <param name="Name">The same after a restart in the same place, so that the new life replaces the old one's numbers at once.</param>
/// <param name="Instance">Another one at every start.</param>
/// <param name="StartedAt">When it started; also its incarnation, which rises.</param>
internal sealed record GatewayIdentity(string Name, string Instance, DateTimeOffset StartedAt)
{
    private long reports;

    public long Incarnation => StartedAt.UtcTicks;

    /// <summary>Numbers the reports of all streams, those of an earlier life of a stream here included.</summary>
    public long NextReport() => Interlocked.Increment(ref reports);
}
