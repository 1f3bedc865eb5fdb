namespace Webstream.Grains.History;

/// <summary>How many streams each key has begun that have messages, and what they retain. Safe for any thread.</summary>
internal sealed class FounderCounts
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, KeyUse> counts = new(StringComparer.Ordinal);

    /// <summary>What the streams of a key hold.</summary>
    public KeyUse Of(string key)
    {
        lock (gate)
        {
            return counts.GetValueOrDefault(key);
        }
    }

    /// <summary>A stream counts something else than before, if its key may have that.</summary>
    /// <returns>Why it may not; none: it is counted.</returns>
    public AppendResult? TryMove(Counted before, QuotaClaim claim)
    {
        lock (gate)
        {
            var (mine, used) = (before.Key == claim.After.Key, counts.GetValueOrDefault(claim.After.Key!));
            var had = mine ? before.Bytes : 0;
            if (!mine && used.Streams >= claim.MostStreams)
            {
                return AppendResult.OverStreams;
            }

            if (claim.After.Bytes > had && used.Bytes - had + claim.After.Bytes > claim.MostBytes)
            {
                return claim.OverBytes;
            }

            Apply(before, claim.After);
            return null;
        }
    }

    /// <summary>A stream counts something else than before.</summary>
    public void Move(Counted before, Counted after)
    {
        if (before != after)
        {
            lock (gate)
            {
                Apply(before, after);
            }
        }
    }

    private void Apply(Counted before, Counted after)
    {
        Add(before.Key, -1, -before.Bytes);
        Add(after.Key, 1, after.Bytes);
    }

    private void Add(string? key, int streams, long bytes)
    {
        if (key is null)
        {
            return;
        }

        var used = counts.GetValueOrDefault(key);
        used = new(used.Streams + streams, used.Bytes + bytes);
        if (used.Streams == 0)
        {
            counts.Remove(key);
        }
        else
        {
            counts[key] = used;
        }
    }
}

/// <summary>What a stream counts for the key that began it.</summary>
/// <param name="Key">The key's name; none: it counts for nobody, because no key began it, or because it has no messages.</param>
/// <param name="Bytes">What it retains.</param>
internal readonly record struct Counted(string? Key, long Bytes)
{
    /// <summary>What a stream with these messages counts.</summary>
    public static Counted Of(Founder? founder, long messages, long bytes) => founder is null || messages == 0 ? default : new(founder.Name, bytes);
}
