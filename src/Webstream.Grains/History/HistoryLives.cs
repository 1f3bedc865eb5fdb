namespace Webstream.Grains.History;

/// <summary>The order of a stream's epochs: which <see cref="HistoryRange.Life"/> comes after another. A life that is not known (0) counts as 1.</summary>
internal static class HistoryLives
{
    /// <summary>The life after one that is known to be the last.</summary>
    public static long After(long life) => Math.Max(life, 1) + 1;

    /// <summary>The life after one behind which others may have been lost: the clock takes it above those as well.</summary>
    public static long After(long life, DateTimeOffset now) =>
        Math.Max(After(life), (now - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);

    /// <summary>The life of an epoch that is about to be moved into a history.</summary>
    /// <param name="known">The life that the stream has had there.</param>
    /// <param name="life">That of the epoch where it comes from; 0: it is a new one.</param>
    /// <returns>None: the stream has had a later life there, in which the epoch's next numbers may have been given out.</returns>
    public static long? OfMoved(long known, long life) => life == 0 ? After(known) : life < known ? null : life;
}
