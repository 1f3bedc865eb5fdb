using System.Collections.Frozen;
using Webstream.Gateway.Streams;
using Webstream.Grains;

namespace Webstream.Gateway.Keys;

/// <summary>What is known about a key that a caller sent.</summary>
internal enum KeyStanding
{
    /// <summary>It is one of the keys.</summary>
    Right,

    /// <summary>It is none of them, or none any more.</summary>
    Wrong,

    /// <summary>That cannot be told now, because the keys cannot be had.</summary>
    Unknown,
}

/// <summary>
/// The keys as this gateway knows them. It asks for them only when somebody sends a key or lives by one, and then has no answer older than
/// <see cref="Fresh"/>. Safe for any thread.
/// </summary>
internal sealed partial class KeyRing
{
    /// <summary>How old its knowledge may be.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);

    /// <summary>How long known keys go on while the keys cannot be had.</summary>
    public static readonly TimeSpan GoesOn = TimeSpan.FromSeconds(60);

    // Keys that nobody has made would else be questions to the cluster, as many as somebody likes to send.
    private static readonly TimeSpan BetweenQuestions = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly IKeySource source;
    private readonly TimeProvider time;
    private readonly Trouble trouble;
    private volatile State state = new(null, FrozenDictionary<string, StoredKey>.Empty, Persistent: true, ConfirmedAt: null);
    private Task asking = Task.CompletedTask;
    private long? failedAt;

    public KeyRing(IKeySource source, TimeProvider time, ILogger<KeyRing> logger)
    {
        (this.source, this.time) = (source, time);
        trouble = new(reason => LogAway(logger, reason, GoesOn.TotalSeconds), _ => LogBack(logger));
    }

    /// <summary>All keys, and whether they outlive the processes of the cluster. As known: see <see cref="RefreshAsync"/>.</summary>
    public (IReadOnlyCollection<StoredKey> Keys, bool Persistent) All => (state.Keys.Values, state.Persistent);

    /// <summary>Whether its knowledge is not older than it may be.</summary>
    public bool IsFresh => AgeOf(state) <= Fresh;

    /// <summary>Looks for a key that a caller sent.</summary>
    public async ValueTask<(KeyStanding Standing, StoredKey? Key)> FindAsync(string sent)
    {
        if (StoredKey.IdIn(sent) is not { } id)
        {
            return (KeyStanding.Wrong, null);
        }

        var found = await FindIdAsync(id);
        return found.Standing == KeyStanding.Unknown && state.Keys.GetValueOrDefault(id)?.Is(sent) == false ? (KeyStanding.Wrong, null)
            : found.Key?.Is(sent) == false ? (KeyStanding.Wrong, null)
            : found;
    }

    /// <summary>Looks for a key by its id, for what carries its right.</summary>
    public async ValueTask<(KeyStanding Standing, StoredKey? Key)> FindIdAsync(string id)
    {
        await RefreshAsync(Fresh);
        if (!state.Keys.ContainsKey(id))
        {
            // It may have been made a moment ago, at another gateway.
            await RefreshAsync(BetweenQuestions);
        }

        return state.Keys.ContainsKey(id) || IsFresh ? StandingOf(id) : (KeyStanding.Unknown, null);
    }

    /// <summary>How a key stands that was right before, by what is known now.</summary>
    public (KeyStanding Standing, StoredKey? Key) StandingOf(string id)
    {
        var now = state;
        return !now.Keys.TryGetValue(id, out var key) || key.Expires <= time.GetUtcNow() ? (KeyStanding.Wrong, null)
            : AgeOf(now) > GoesOn ? (KeyStanding.Unknown, null)
            : (KeyStanding.Right, key);
    }

    /// <summary>Asks for the keys, unless it is known well enough which there are. All callers share a question.</summary>
    /// <param name="oldest">How old the knowledge may be; zero: as of after this call.</param>
    public async Task RefreshAsync(TimeSpan oldest)
    {
        var now = time.GetTimestamp();
        // A question that is under way may have begun too early.
        for (var tries = 0; tries < 2 && !IsKnownSince(now, oldest); tries++)
        {
            await AskOnceAsync();
        }
    }

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
            var read = await source.ReadAsync(state.Version);
            state = read is null
                ? state with { ConfirmedAt = began }
                : new(read.Version, read.Keys.ToFrozenDictionary(key => key.Id, StringComparer.Ordinal), read.Persistent, began);
            failedAt = null;
            trouble.Worked();
        }
        catch (KeysAwayException away)
        {
            failedAt = time.GetTimestamp();
            trouble.Failed(away);
        }
    }

    private TimeSpan AgeOf(State of) => of.ConfirmedAt is { } at ? time.GetElapsedTime(at) : TimeSpan.MaxValue;

    [LoggerMessage(1, LogLevel.Warning, "The keys cannot be had ({Reason}). Those that are known go on for {Seconds} seconds; then writing by key is refused with 503")]
    private static partial void LogAway(ILogger logger, string reason, double seconds);

    [LoggerMessage(2, LogLevel.Information, "The keys can be had again")]
    private static partial void LogBack(ILogger logger);

    /// <summary>The keys as of the last answer.</summary>
    private sealed record State(long? Version, FrozenDictionary<string, StoredKey> Keys, bool Persistent, long? ConfirmedAt);
}
