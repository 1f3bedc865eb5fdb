using System.Globalization;
using StackExchange.Redis;

namespace Webstream.Grains.History.Redis;

/// <summary>
/// The clock of Redis, by which messages are stamped and become too old. All silos have this one clock, however wrong their own clocks are.
/// Between two measurements it goes on by the time that passes in this process, so that it does not jump with the machine's clock. It is never
/// ahead of Redis, and behind it by at most the way of an answer. Safe for any thread.
/// </summary>
/// <param name="time">The clock of this process.</param>
internal sealed class RedisClock(TimeProvider time) : TimeProvider
{
    /// <summary>The difference of two clocks from which on it is a fault of one of them. It is said, and does no harm here.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(2);

    private volatile Reading? reading;

    /// <summary>Whether it was ever measured. Before that, this is the clock of the process.</summary>
    public bool IsKnown => reading is not null;

    /// <inheritdoc/>
    public override long TimestampFrequency => time.TimestampFrequency;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => time.LocalTimeZone;

    /// <summary>What is said of a difference: a sentence.</summary>
    /// <param name="ahead">How far this machine's clock is ahead of Redis'; below zero: behind it.</param>
    public static string Describe(TimeSpan ahead) =>
        $"The clock of this machine is {Length(ahead.Duration())} {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} the clock of Redis. "
        + "Messages are stamped, and become too old, by the clock of Redis. Set the one that is wrong, for example by NTP.";

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => reading is { } last ? last.Time + time.GetElapsedTime(last.At) : time.GetUtcNow();

    /// <inheritdoc/>
    public override long GetTimestamp() => time.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        time.CreateTimer(callback, state, dueTime, period);

    /// <summary>Asks Redis for the time.</summary>
    /// <returns>
    /// How far the clock of this process is ahead of Redis' (below zero: behind it); zero when they differ by less than the answer took.
    /// </returns>
    /// <exception cref="RedisException">Redis does not answer, or refuses.</exception>
    public async Task<TimeSpan> MeasureAsync(IDatabase redis)
    {
        var (asked, own) = (time.GetTimestamp(), time.GetUtcNow());
        var answer = (RedisResult[])(await redis.ExecuteAsync("TIME"))!;
        var told = DateTimeOffset.FromUnixTimeSeconds((long)answer[0]).AddMicroseconds((long)answer[1]);
        Set(told);
        var half = time.GetElapsedTime(asked) / 2;
        var ahead = own + half - told;
        return ahead.Duration() <= half ? TimeSpan.Zero : ahead;
    }

    /// <summary>Goes on from a time.</summary>
    public void Set(DateTimeOffset now) => reading = new(now, time.GetTimestamp());

    private static string Length(TimeSpan length) => length switch
    {
        { TotalDays: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{length.TotalDays:0.#} days"),
        { TotalHours: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{length.TotalHours:0.#} hours"),
        { TotalMinutes: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{length.TotalMinutes:0.#} minutes"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{length.TotalSeconds:0.#} seconds"),
    };

    private sealed record Reading(DateTimeOffset Time, long At);
}
