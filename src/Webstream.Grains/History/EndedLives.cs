using Webstream.Protocol;

namespace Webstream.Grains.History;

/// <summary>What is remembered of a stream whose history has ended.</summary>
/// <param name="Forgotten">The epoch that ended last because the stream gave way to others; 0 for none.</param>
/// <param name="Deleted">The epoch that ended last because it was deleted; 0 for none.</param>
/// <param name="Epoch">The epoch that began at the end of the last one; 0 when it begins with the next message.</param>
/// <param name="Life"><see cref="HistoryRange.Life"/>.</param>
internal readonly record struct EndedLife(ulong Forgotten, ulong Deleted, ulong Epoch, long Life)
{
    /// <summary>The history that the stream has without messages.</summary>
    public HistoryRange Range => HistoryRange.Empty with { Epoch = Epoch, Life = Life };
}

/// <summary>
/// The streams whose history ended: a listener that comes back is told why it is gone. Bounded: the oldest entries are dropped. Safe for any
/// thread.
/// </summary>
internal sealed class EndedLives(int most = EndedLives.Most)
{
    /// <summary>How many are remembered.</summary>
    public const int Most = 10_000;

    private readonly Lock gate = new();
    private readonly Dictionary<StreamName, EndedLife> lives = [];
    private readonly Queue<(StreamName Stream, EndedLife Life)> oldestFirst = new();

    /// <summary>Remembers that a history ended.</summary>
    public void Add(StreamName stream, EndedLife life)
    {
        lock (gate)
        {
            lives[stream] = life;
            oldestFirst.Enqueue((stream, life));
            if (oldestFirst.Count > most)
            {
                var (oldest, ended) = oldestFirst.Dequeue();
                // The stream's history may have ended again since.
                if (lives.TryGetValue(oldest, out var last) && last == ended)
                {
                    lives.Remove(oldest);
                }
            }
        }
    }

    /// <summary>All that are remembered.</summary>
    public IReadOnlyList<KeyValuePair<StreamName, EndedLife>> All
    {
        get
        {
            lock (gate)
            {
                return [.. lives];
            }
        }
    }

    /// <summary>How the stream's history ended last; all zero when that is not known.</summary>
    public EndedLife Of(StreamName stream)
    {
        lock (gate)
        {
            return lives.GetValueOrDefault(stream);
        }
    }
}
