using Webstream.Protocol;

namespace Webstream.Grains.History;

/// <summary>
/// The streams of a store in the order of their names (ordinal). They are sorted once, until a stream comes or goes: listing page after page must
/// not sort them again and again. Safe for any thread.
/// </summary>
/// <param name="streams">Gives the streams, in no order.</param>
internal sealed class StreamsByName(Func<IEnumerable<StreamName>> streams)
{
    private readonly Lock gate = new();
    private StreamName[]? ordered;
    private int changes;

    /// <summary>A stream has come or gone.</summary>
    public void Changed()
    {
        Interlocked.Increment(ref changes);
        Volatile.Write(ref ordered, null);
    }

    /// <summary>The streams whose names begin with a prefix.</summary>
    /// <param name="prefix">The beginning of the names; empty for all.</param>
    /// <param name="after">Only names after this one; none: from the beginning.</param>
    public IEnumerable<StreamName> From(string prefix, string? after)
    {
        var all = Ordered();
        var first = after is null || string.CompareOrdinal(after, prefix) < 0 ? prefix : after;
        for (var i = FirstFrom(all, first); i < all.Length && all[i].Value.StartsWith(prefix, StringComparison.Ordinal); i++)
        {
            if (all[i].Value != after)
            {
                yield return all[i];
            }
        }
    }

    // The index of the first name that is not before this one.
    private static int FirstFrom(StreamName[] names, string name)
    {
        var (low, high) = (0, names.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = string.CompareOrdinal(names[middle].Value, name) < 0 ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private StreamName[] Ordered()
    {
        var known = Volatile.Read(ref ordered);
        if (known is null)
        {
            lock (gate)
            {
                // Read before the names: if a stream comes meanwhile, the list is stale and is not cached.
                var taken = Volatile.Read(ref changes);
                known = [.. streams().OrderBy(name => name.Value, StringComparer.Ordinal)];
                Volatile.Write(ref ordered, known);
                if (taken != Volatile.Read(ref changes))
                {
                    Volatile.Write(ref ordered, null);
                }
            }
        }

        return known;
    }
}
