using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Webstream.Grains.History.Moving;
using Webstream.Grains.Memory;
using Webstream.Protocol;

namespace Webstream.Grains.History;

/// <summary>The histories that live in this silo's memory, and the bound on all of them together.</summary>
internal sealed class InMemoryStreamHistories : IStreamHistories
{
    private readonly ConcurrentDictionary<StreamName, InMemoryStreamHistory> held = new();
    private readonly StreamsByName byName;
    private readonly Lock gate = new();
    private readonly MemoryShare share;
    private readonly int mostOwners;
    private long total;
    private long quietestAt;
    private int places;

    public InMemoryStreamHistories(IOptions<HistoryOptions> options, MemoryBudget budget, TimeProvider time, RetentionRules? rules = null)
    {
        (Options, Time, share, mostOwners) = (options.Value, time, budget.History, budget.MaxOwners);
        Rules = rules ?? RetentionRules.Of(options);
        byName = new(() => held.Keys);
    }

    public bool LostWithProcess => true;

    public bool OnlyInThisProcess => true;

    public TimeProvider Clock => Time;

    public HistoryOptions Options { get; }

    public TimeProvider Time { get; }

    /// <summary>The bounds of each stream.</summary>
    public RetentionRules Rules { get; }

    /// <summary>The streams whose history ended.</summary>
    public EndedLives Ended { get; } = new();

    /// <summary>What the streams of each key hold.</summary>
    public FounderCounts Founders { get; } = new();

    /// <summary>What all retained messages and their keys weigh, in bytes.</summary>
    public long TotalWeight => Interlocked.Read(ref total);

    // Each stream has an owner for as long as its history is held.
    private int Most => Math.Min(Options.MaxStreams, mostOwners);

    // The share is also charged for the owners of the streams. Those cannot be dropped, but they never take more than half of the share.
    private long Bound => Math.Max(share.Limit / 2, share.Limit - (share.Used - TotalWeight));

    // A history is held from its first append on: asking for one leaves nothing behind.
    public IStreamHistory LogOf(StreamName stream) =>
        held.TryGetValue(stream, out var log) ? log : new InMemoryStreamHistory(stream, this);

    public IStreamMove MoveOf(StreamName stream) => new InMemoryMove((InMemoryStreamHistory)LogOf(stream));

    public ValueTask<FoundHistory> FindAsync(StreamName stream, CancellationToken cancellationToken)
    {
        var ended = Ended.Of(stream);
        return new(new FoundHistory(held.TryGetValue(stream, out var log) ? log.Range : ended.Range, ended.Forgotten, ended.Deleted));
    }

    public ValueTask<StreamSettings> SettingsOfAsync(StreamName stream, CancellationToken cancellationToken) =>
        new(held.TryGetValue(stream, out var log) ? log.Settings : StreamSettings.None);

    public ValueTask<IReadOnlyList<ListedHistory>> ListAsync(string prefix, string? after, int limit, CancellationToken cancellationToken)
    {
        var listed = new List<ListedHistory>();
        foreach (var stream in byName.From(prefix, after))
        {
            if (listed.Count == limit)
            {
                break;
            }

            if (held.TryGetValue(stream, out var log) && log.Range is { Head: > 0 } range)
            {
                listed.Add(new(stream, range));
            }
        }

        return new(listed);
    }

    public ValueTask<IReadOnlyList<StreamName>> NamesAsync(string? after, int limit, CancellationToken cancellationToken) =>
        new([.. byName.From("", after).Take(limit)]);

    public ValueTask<KeyUse[]> UsedByAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) => new([.. keys.Select(Founders.Of)]);

    public ValueTask<IReadOnlyList<ListedHistory>> QuietestAsync(DateTimeOffset quietSince, int limit, CancellationToken cancellationToken)
    {
        // The quietest time found by the last search is a lower bound: the times of streams only rise, and new streams are younger.
        if (quietSince.UtcTicks <= Volatile.Read(ref quietestAt))
        {
            return new([]);
        }

        lock (gate)
        {
            var logs = held.Select(h => (Log: h.Value, At: h.Value.HeadAtTicks)).Where(l => l.At > 0 && l.Log.Settings.IsNone).ToArray();
            Volatile.Write(ref quietestAt, logs.Length > 0 ? logs.Min(l => l.At) : 0);
            return new([.. logs.Where(l => l.At < quietSince.UtcTicks).OrderBy(l => l.At).Take(limit).Select(l => new ListedHistory(l.Log.Stream, l.Log.Range))]);
        }
    }

    /// <summary>
    /// Whether the key of a batch may begin one more stream, as far as it is known before there is a place: a key at its quota must not make other
    /// streams give way.
    /// </summary>
    public bool MayBegin(StreamName stream, HistoryBatch batch) =>
        batch.Pushers is not [{ Streams: { } most } first, ..] || Founders.Of(first.Key).Streams < most || held.ContainsKey(stream);

    /// <summary>Gives a place to a history that is about to get its first message or its first settings.</summary>
    /// <returns>None: it is held. Full: the most streams are held already. Refused: another owner of the stream holds a history here.</returns>
    public AppendResult? Admit(InMemoryStreamHistory log)
    {
        if (held.TryGetValue(log.Stream, out var known))
        {
            return known == log ? null : AppendResult.Refused;
        }

        // Checked without the lock: pushes of new names to a full history must not hold up the others.
        if (Volatile.Read(ref places) >= Most)
        {
            return AppendResult.Full;
        }

        lock (gate)
        {
            if (places >= Most)
            {
                return AppendResult.Full;
            }

            if (!held.TryAdd(log.Stream, log))
            {
                return AppendResult.Refused;
            }

            Interlocked.Increment(ref places);
            byName.Changed();
            return null;
        }
    }

    /// <summary>Whether this is the history that is held for its stream.</summary>
    public bool Holds(InMemoryStreamHistory log) => held.TryGetValue(log.Stream, out var known) && known == log;

    /// <summary>Releases a history. The caller holds that history's lock, so that nothing can be appended to it unseen.</summary>
    public void Forget(InMemoryStreamHistory log)
    {
        if (held.TryRemove(new(log.Stream, log)))
        {
            Interlocked.Decrement(ref places);
            byName.Changed();
        }
    }

    /// <summary>A stream that could not give way can now, whenever its newest message was pushed.</summary>
    public void MayGiveWay() => Volatile.Write(ref quietestAt, 0);

    /// <summary>Adds to the sum of what the histories retain.</summary>
    public void Account(long weight)
    {
        Interlocked.Add(ref total, weight);
        share.Take(weight);
    }

    /// <summary>
    /// Drops messages of the largest histories until the total is well below its bound: the streams that fill the memory pay for it.
    /// When each is down to its newest message, the newest messages of the quietest streams go, but never that of the stream just appended to.
    /// </summary>
    public void KeepWithinTotal(InMemoryStreamHistory appended)
    {
        if (TotalWeight <= Bound)
        {
            return;
        }

        lock (gate)
        {
            if (TotalWeight <= Bound)
            {
                return;
            }

            // A tenth below the bound, so that not every later append searches for the largest again.
            var target = Bound / 10 * 9;
            var logs = held.Select(h => h.Value).ToArray();
            // More than one round if a history cannot shrink that far, because its newest message is large.
            while (TotalWeight > target && logs.Where(log => log.Count > 1).ToArray() is { Length: > 0 } several)
            {
                var level = LevelOf(Array.ConvertAll(several, log => log.Weight), TotalWeight - target);
                foreach (var log in several)
                {
                    log.Release(level, keep: 1);
                }
            }

            foreach (var quietest in logs.Where(log => log != appended).OrderBy(log => log.HeadAtTicks))
            {
                if (TotalWeight <= target)
                {
                    return;
                }

                quietest.Release(0, keep: 0);
            }
        }
    }

    /// <summary>The weight to which the heaviest must shrink so that together they lose the excess; 0 when all together weigh less.</summary>
    internal static long LevelOf(long[] weights, long excess)
    {
        Array.Sort(weights);
        var (sum, count) = (0L, 0);
        for (var i = weights.Length - 1; i >= 0; i--)
        {
            sum += weights[i];
            count++;
            var next = i > 0 ? weights[i - 1] : 0;
            if (sum - (count * next) >= excess)
            {
                return (sum - excess) / count;
            }
        }

        return 0;
    }
}
