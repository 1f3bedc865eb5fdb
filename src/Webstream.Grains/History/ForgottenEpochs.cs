using Webstream.Protocol;

namespace Webstream.Grains.History;

/// <summary>
/// The epochs of streams that gave way to others: a listener that comes back is told why its history is gone. Bounded: the oldest entries
/// are dropped. Safe for any thread.
/// </summary>
internal sealed class ForgottenEpochs(int most = ForgottenEpochs.Most)
{
    /// <summary>How many are remembered.</summary>
    public const int Most = 10_000;

    private readonly Lock gate = new();
    private readonly Dictionary<StreamName, ulong> epochs = [];
    private readonly Queue<(StreamName Stream, ulong Epoch)> oldestFirst = new();

    /// <summary>Remembers that an epoch ended.</summary>
    public void Add(StreamName stream, ulong epoch)
    {
        lock (gate)
        {
            epochs[stream] = epoch;
            oldestFirst.Enqueue((stream, epoch));
            if (oldestFirst.Count > most)
            {
                var (oldest, ended) = oldestFirst.Dequeue();
                // The stream may have given way again since.
                if (epochs.TryGetValue(oldest, out var last) && last == ended)
                {
                    epochs.Remove(oldest);
                }
            }
        }
    }

    /// <summary>The epoch of the stream that ended last; 0 when none is known.</summary>
    public ulong Of(StreamName stream)
    {
        lock (gate)
        {
            return epochs.GetValueOrDefault(stream);
        }
    }
}
