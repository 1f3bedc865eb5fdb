using Webstream.Grains.History;

namespace Webstream.Grains.Streams;

/// <summary>
/// Looks up the keys of pushes in a history that is not in memory. It knows a key only for as long as a push with it is being taken; a key that
/// goes into the history meanwhile is known at once. Used by one thread at a time.
/// </summary>
/// <param name="log">The history.</param>
internal sealed class KeyLookup(IStreamHistory log) : IIdempotencyKeys
{
    private readonly Dictionary<string, Asked> asked = new(StringComparer.Ordinal);
    private int ended;

    /// <summary>Looks keys up. They are known until <see cref="Release"/>, which the caller calls in any case.</summary>
    /// <exception cref="HistoryAwayException">The history did not answer, or belongs to another owner now.</exception>
    public async Task AskAsync(string[] keys)
    {
        foreach (var key in keys)
        {
            if (!asked.TryGetValue(key, out var known))
            {
                asked.Add(key, known = new());
            }

            known.Askers++;
        }

        var before = ended;
        var found = await log.FindKeysAsync(keys, CancellationToken.None);
        // A history that has ended meanwhile knows nothing of what it held before.
        for (var i = 0; i < keys.Length && before == ended; i++)
        {
            asked[keys[i]].Record ??= found[i];
        }
    }

    /// <summary>The pushes with these keys are taken.</summary>
    public void Release(string[] keys)
    {
        foreach (var key in keys)
        {
            if (--asked[key].Askers == 0)
            {
                asked.Remove(key);
            }
        }
    }

    public KeyRecord? Find(string key) => asked.GetValueOrDefault(key)?.Record;

    // A push with the same key may be looking it up right now, and may have been answered before this one went in.
    public void Remember(KeyRecord record)
    {
        if (asked.TryGetValue(record.Key, out var known))
        {
            known.Record = record;
        }
    }

    // The history answers with keys of retained messages only.
    public void ForgetBefore(long oldestRetained)
    {
    }

    // Those that are asked for belong to pushes that are charged elsewhere.
    public bool HasRoom(DateTimeOffset now) => true;

    public void Clear()
    {
        ended++;
        foreach (var known in asked.Values)
        {
            known.Record = null;
        }
    }

    public void Close() => Clear();

    private sealed class Asked
    {
        public int Askers { get; set; }

        public KeyRecord? Record { get; set; }
    }
}
