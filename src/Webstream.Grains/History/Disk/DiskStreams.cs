using System.Collections.Concurrent;
using Webstream.Grains.Memory;
using Webstream.Protocol;

namespace Webstream.Grains.History.Disk;

/// <summary>The heads of all streams in the file. Only the writer's thread changes them; any thread reads.</summary>
internal sealed class DiskStreams
{
    // The head, the name, and its places in the dictionary and the list.
    private const int Charge = 400;

    private readonly ConcurrentDictionary<StreamName, DiskHead> heads = new();
    private readonly MemoryShare share;
    private readonly HistoryOptions options;
    private long quietestAt;
    private long weight;

    /// <param name="share">The share that they are charged to.</param>
    /// <param name="options">The bounds.</param>
    public DiskStreams(MemoryShare share, HistoryOptions options)
    {
        (this.share, this.options) = (share, options);
        ByName = new(() => heads.Keys);
    }

    public int Count { get; private set; }

    /// <summary>What all streams take in the file, as estimated, in bytes.</summary>
    public long Weight => Interlocked.Read(ref weight);

    /// <summary>What the streams of each key hold.</summary>
    public FounderCounts Founders { get; } = new();

    /// <summary>The streams whose history ended.</summary>
    public EndedLives Ended { get; private set; } = new();

    /// <summary>All streams in the order of their names.</summary>
    public StreamsByName ByName { get; }

    /// <summary>All streams, in no order.</summary>
    public IEnumerable<KeyValuePair<StreamName, DiskHead>> All => heads;

    /// <summary>Whether there are places for so many more streams. Their heads never take more than half of the share.</summary>
    public bool HasRoomFor(int more) => Count + more <= Math.Min(options.MaxStreams, share.Limit / 2 / Charge);

    public DiskHead? Find(StreamName stream) => heads.GetValueOrDefault(stream);

    public void Set(StreamName stream, DiskHead head)
    {
        if (heads.TryGetValue(stream, out var before))
        {
            heads[stream] = head;
            Interlocked.Add(ref weight, head.Weight - before.Weight);
            Founders.Move(before.Counted, head.Counted);
            return;
        }

        heads[stream] = head;
        Founders.Move(default, head.Counted);
        Interlocked.Add(ref weight, head.Weight);
        Came(1);
    }

    public void Remove(StreamName stream)
    {
        if (heads.TryRemove(stream, out var before))
        {
            Interlocked.Add(ref weight, -before.Weight);
            Founders.Move(before.Counted, default);
            Came(-1);
        }
    }

    /// <summary>Takes what stands in a file that was just opened, in place of what was known before.</summary>
    public void Load(IEnumerable<KeyValuePair<StreamName, DiskHead>> found, EndedLives ended)
    {
        var now = found.ToDictionary();
        foreach (var (stream, _) in heads)
        {
            if (!now.ContainsKey(stream))
            {
                Remove(stream);
            }
        }

        foreach (var (stream, head) in now)
        {
            Set(stream, head);
        }

        Ended = ended;
        MayGiveWay();
    }

    /// <summary>Gives the memory back.</summary>
    public void Clear() => Load([], new());

    /// <summary>A stream that could not give way can now, whenever its newest message was pushed.</summary>
    public void MayGiveWay() => Volatile.Write(ref quietestAt, 0);

    /// <summary>The streams that may give way. With settings of its own, a stream would keep its place.</summary>
    public IReadOnlyList<StreamName> Quietest(DateTimeOffset quietSince, int limit)
    {
        // The quietest time found by the last search is a lower bound: the times of streams only rise, and new streams are younger.
        if (quietSince.UtcTicks <= Volatile.Read(ref quietestAt))
        {
            return [];
        }

        var found = heads.Where(one => one.Value.Settings.IsNone).ToArray();
        Volatile.Write(ref quietestAt, found.Length > 0 ? found.Min(one => one.Value.HeadAt) : 0);
        return [.. found.Where(one => one.Value.HeadAt < quietSince.UtcTicks).OrderBy(one => one.Value.HeadAt).Take(limit).Select(one => one.Key)];
    }

    private void Came(int count)
    {
        Count += count;
        share.Take(count * Charge);
        ByName.Changed();
    }
}
