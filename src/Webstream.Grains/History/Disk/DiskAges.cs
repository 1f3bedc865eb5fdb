using System.Globalization;

namespace Webstream.Grains.History.Disk;

/// <summary>
/// The time by which messages become too old, and streams quiet. A machine's clock that is set wrong when the process starts must not erase what
/// should be kept, and no second clock says that it is wrong. So a clock that leaps is believed only after it has stayed so for an hour in which a
/// process had the file (or for the retention, if that is shorter). Until then this time goes on as time passes in the process. It is never ahead
/// of the machine's clock: where that is behind, nothing is erased either. Safe for any thread.
/// </summary>
/// <param name="time">The clock of the machine, and the time that passes in the process.</param>
/// <param name="retention">How old messages become.</param>
internal sealed class DiskAges(TimeProvider time, TimeSpan retention) : TimeProvider
{
    /// <summary>How long a clock that leaped must stay so.</summary>
    public static readonly TimeSpan Hold = TimeSpan.FromHours(1);

    // Less than this is no leap: clocks are set right by that much all the time.
    private static readonly TimeSpan Drift = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private DateTimeOffset believed = DateTimeOffset.MinValue;
    private TimeSpan held;
    private long asOf;

    /// <summary>How long a process must have had the file until a leap is believed.</summary>
    public TimeSpan Patience => retention < Hold ? retention : Hold;

    /// <summary>Goes on where the last process was, which noted that in the file.</summary>
    /// <param name="noted">What <see cref="ToString"/> said then; none: it noted nothing.</param>
    /// <param name="newest">When the newest message was pushed, which counts where nothing was noted; none: there is no message.</param>
    /// <returns>How far the machine's clock is ahead. What is more than <see cref="Patience"/> is worth a word.</returns>
    public TimeSpan Start(string? noted, DateTimeOffset? newest)
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            asOf = time.GetTimestamp();
            (believed, held) = Read(noted) ?? (newest ?? now, TimeSpan.Zero);
            return now - believed;
        }
    }

    /// <summary>The time. By the machine's clock before <see cref="Start"/>.</summary>
    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            if (believed == DateTimeOffset.MinValue)
            {
                return now;
            }

            var at = time.GetTimestamp();
            var passed = time.GetElapsedTime(asOf, at);
            (asOf, believed, held) = (at, believed + passed, held + passed);
            if ((now - believed).Duration() <= Drift || held >= Patience)
            {
                (believed, held) = (now, TimeSpan.Zero);
            }

            return now < believed ? now : believed;
        }
    }

    /// <summary>What the next process must know.</summary>
    public override string ToString()
    {
        GetUtcNow();
        lock (gate)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{believed.UtcTicks} {held.Ticks}");
        }
    }

    private static (DateTimeOffset Believed, TimeSpan Held)? Read(string? noted) =>
        noted?.Split(' ') is [var believed, var held] && long.TryParse(believed, CultureInfo.InvariantCulture, out var ticks)
        && long.TryParse(held, CultureInfo.InvariantCulture, out var heldTicks)
            ? (DiskHead.Time(ticks), TimeSpan.FromTicks(heldTicks))
            : null;
}
