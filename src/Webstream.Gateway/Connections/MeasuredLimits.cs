using Webstream.Grains.Memory;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Gateway.Connections;

/// <summary>
/// How many connections there may be, as measured last: the number of files that the process has open besides its connections can change.
/// </summary>
/// <param name="measure">Finds out how many there may be, with so many open.</param>
/// <param name="share">The share of the memory for connections.</param>
/// <param name="time">The clock.</param>
internal sealed class MeasuredLimits(Func<int, ConnectionLimits> measure, MemoryShare share, TimeProvider time)
{
    private const long LeastBytes = 16 * ConnectionPlace.ServedWeight;

    // A measurement looks at every open file.
    private static readonly TimeSpan BetweenMeasures = TimeSpan.FromSeconds(10);

    private long measuredAt;

    /// <summary>The limits.</summary>
    public ConnectionLimits Now { get; private set; }

    /// <summary>The part of the share for the places of the reserve, at most an eighth, in bytes.</summary>
    public long ReserveBytes => Math.Min(share.Limit / 8, (long)Now.Reserve * ConnectionPlace.ServedWeight);

    /// <summary>Measures.</summary>
    /// <param name="open">How many connections are open.</param>
    /// <exception cref="StartRefusedException">The process may open too few files, or has too little memory for them.</exception>
    public void Measure(int open)
    {
        if (share.Limit < LeastBytes)
        {
            throw new StartRefusedException($"Webstream__Memory__Connections is {share.Limit} bytes, and {LeastBytes} are needed to begin with. Raise it, or Webstream__Memory__Limit.");
        }

        measuredAt = time.GetTimestamp();
        Now = measure(open);
    }

    /// <summary>Measures again, unless that was done just now.</summary>
    /// <param name="open">How many connections are open.</param>
    public void MeasureAgain(int open)
    {
        if (time.GetElapsedTime(measuredAt) < BetweenMeasures)
        {
            return;
        }

        try
        {
            Measure(open);
        }
        catch (Exception failure) when (failure is StartRefusedException or IOException or UnauthorizedAccessException)
        {
            // No file is left even for the measurement. No more connections than are open now, until some have closed.
            Now = Now with { Usual = Math.Min(Now.Usual, open) };
        }
    }
}
