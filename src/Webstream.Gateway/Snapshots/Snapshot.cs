using Webstream.Gateway.Streams;

namespace Webstream.Gateway.Snapshots;

/// <summary>How long what a gateway knows of the cluster's tables holds.</summary>
internal static class SnapshotAge
{
    /// <summary>How old the knowledge may be.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);

    /// <summary>How long it goes on while the table cannot be had.</summary>
    public static readonly TimeSpan GoesOn = TimeSpan.FromSeconds(60);
}

/// <summary>What was read.</summary>
/// <param name="Version">The version of the table: see <see cref="Snapshot{T}"/>.</param>
/// <param name="Value">What is made of it.</param>
internal sealed record SnapshotReading<T>(long Version, T Value);

/// <summary>The table cannot be had now.</summary>
/// <param name="reason">Why, as a sentence without its full stop.</param>
internal sealed class TableAwayException(string reason) : Exception(reason);

/// <summary>
/// A table of the cluster as this gateway knows it. It is asked for by its version, and only when somebody needs it: an idle gateway is quiet. All
/// callers share a question. Safe for any thread.
/// </summary>
internal sealed class Snapshot<T>
    where T : class
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly Func<long?, Task<SnapshotReading<T>?>> read;
    private readonly TimeProvider time;
    private readonly Trouble trouble;
    private volatile State state;
    private Task asking = Task.CompletedTask;
    private long? failedAt;

    /// <param name="none">What counts before the first answer.</param>
    /// <param name="read">
    /// Reads the table, if it is not as the version says that is known already; else returns null. Throws <see cref="TableAwayException"/> when it
    /// cannot be had.
    /// </param>
    /// <param name="time">The clock.</param>
    /// <param name="trouble">Told of failures.</param>
    public Snapshot(T none, Func<long?, Task<SnapshotReading<T>?>> read, TimeProvider time, Trouble trouble) =>
        (this.read, this.time, this.trouble, state) = (read, time, trouble, new(null, none, ConfirmedAt: null));

    /// <summary>The table as of the last answer.</summary>
    public T Value => state.Value;

    /// <summary>How old the last answer is.</summary>
    public TimeSpan Age => state.ConfirmedAt is { } at ? time.GetElapsedTime(at) : TimeSpan.MaxValue;

    /// <summary>The last answer is not older than it may be.</summary>
    public bool IsFresh => Age <= SnapshotAge.Fresh;

    /// <summary>The last answer holds, although it may be older.</summary>
    public bool IsKnown => Age <= SnapshotAge.GoesOn;

    /// <summary>The last question failed.</summary>
    public bool IsFailing
    {
        get
        {
            lock (gate)
            {
                return failedAt is not null;
            }
        }
    }

    /// <summary>Why the last question failed, as a sentence without its full stop; none: it did not.</summary>
    public string? Failure { get; private set; }

    /// <summary>Asks, unless the knowledge is good enough.</summary>
    /// <param name="oldest">How old it may be; zero: as of after this call.</param>
    /// <returns>Whether it is good enough now.</returns>
    public async Task<bool> RefreshAsync(TimeSpan oldest)
    {
        var now = time.GetTimestamp();
        // A question that is under way may have begun too early.
        for (var tries = 0; tries < 2 && !IsKnownSince(now, oldest); tries++)
        {
            await AskOnceAsync();
        }

        return IsKnownSince(now, oldest);
    }

    /// <summary>Asks without waiting for the answer, unless the last failure is too recent.</summary>
    public void AskSoon() => _ = AskOnceAsync();

    private Task AskOnceAsync()
    {
        lock (gate)
        {
            if (asking.IsCompleted && (failedAt is not { } failed || time.GetElapsedTime(failed) >= AfterFailure))
            {
                asking = AskAsync(time.GetTimestamp());
            }

            return asking;
        }
    }

    private bool IsKnownSince(long now, TimeSpan oldest) => state.ConfirmedAt is { } at && time.GetElapsedTime(at, now) <= oldest;

    private async Task AskAsync(long began)
    {
        // Off the gate, which the caller holds.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            var answer = await read(state.Version);
            state = answer is null ? state with { ConfirmedAt = began } : new(answer.Version, answer.Value, began);
            Ended(null, null);
            trouble.Worked();
        }
        catch (TableAwayException away)
        {
            Ended(time.GetTimestamp(), away.Message);
            trouble.Failed(away);
        }
    }

    private void Ended(long? failed, string? reason)
    {
        lock (gate)
        {
            (failedAt, Failure) = (failed, reason);
        }
    }

    private sealed record State(long? Version, T Value, long? ConfirmedAt);
}
