using System.Collections.Frozen;
using Webstream.Gateway.Snapshots;
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
    public static readonly TimeSpan Fresh = SnapshotAge.Fresh;

    /// <summary>How long known keys go on while the keys cannot be had.</summary>
    public static readonly TimeSpan GoesOn = SnapshotAge.GoesOn;

    // Keys that nobody has made would else be questions to the cluster, as many as somebody likes to send.
    private static readonly TimeSpan BetweenQuestions = TimeSpan.FromMilliseconds(100);

    private readonly Snapshot<Kept> keys;
    private readonly TimeProvider time;

    public KeyRing(IKeySource source, TimeProvider time, ILogger<KeyRing> logger)
    {
        this.time = time;
        keys = new(
            new(FrozenDictionary<string, StoredKey>.Empty, Persistent: true),
            async known => await source.ReadAsync(known) is { } read ? new(read.Version, Kept.Of(read)) : null,
            time,
            new(reason => LogAway(logger, reason, GoesOn.TotalSeconds), _ => LogBack(logger)));
    }

    /// <summary>All keys, and whether they outlive the processes of the cluster. As known: see <see cref="RefreshAsync"/>.</summary>
    public (IReadOnlyCollection<StoredKey> Keys, bool Persistent) All => (keys.Value.Keys.Values, keys.Value.Persistent);

    /// <summary>Whether its knowledge is not older than it may be.</summary>
    public bool IsFresh => keys.IsFresh;

    /// <summary>Looks for a key that a caller sent.</summary>
    public async ValueTask<(KeyStanding Standing, StoredKey? Key)> FindAsync(string sent)
    {
        if (StoredKey.IdIn(sent) is not { } id)
        {
            return (KeyStanding.Wrong, null);
        }

        var found = await FindIdAsync(id);
        return found.Standing == KeyStanding.Unknown && keys.Value.Keys.GetValueOrDefault(id)?.Is(sent) == false ? (KeyStanding.Wrong, null)
            : found.Key?.Is(sent) == false ? (KeyStanding.Wrong, null)
            : found;
    }

    /// <summary>Looks for a key by its id, for what carries its right.</summary>
    public async ValueTask<(KeyStanding Standing, StoredKey? Key)> FindIdAsync(string id)
    {
        await RefreshAsync(Fresh);
        if (!keys.Value.Keys.ContainsKey(id))
        {
            // It may have been made a moment ago, at another gateway.
            await RefreshAsync(BetweenQuestions);
        }

        return keys.Value.Keys.ContainsKey(id) || IsFresh ? StandingOf(id) : (KeyStanding.Unknown, null);
    }

    /// <summary>How a key stands that was right before, by what is known now.</summary>
    public (KeyStanding Standing, StoredKey? Key) StandingOf(string id) =>
        !keys.Value.Keys.TryGetValue(id, out var key) || key.Expires <= time.GetUtcNow() ? (KeyStanding.Wrong, null)
        : !keys.IsKnown ? (KeyStanding.Unknown, null)
        : (KeyStanding.Right, key);

    /// <summary>Asks for the keys, unless it is known well enough which there are. All callers share a question.</summary>
    /// <param name="oldest">How old the knowledge may be; zero: as of after this call.</param>
    public Task RefreshAsync(TimeSpan oldest) => keys.RefreshAsync(oldest);

    [LoggerMessage(1, LogLevel.Warning, "The keys cannot be had ({Reason}). Those that are known go on for {Seconds} seconds; then writing by key is refused with 503")]
    private static partial void LogAway(ILogger logger, string reason, double seconds);

    [LoggerMessage(2, LogLevel.Information, "The keys can be had again")]
    private static partial void LogBack(ILogger logger);

    private sealed record Kept(FrozenDictionary<string, StoredKey> Keys, bool Persistent)
    {
        public static Kept Of(KeyList list) => new(list.Keys.ToFrozenDictionary(key => key.Id, StringComparer.Ordinal), list.Persistent);
    }
}
