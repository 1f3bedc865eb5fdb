using Webstream.Protocol;

namespace Webstream.Grains.History.Disk;

/// <summary>
/// The bound on database and write-ahead log together. The largest streams lose their oldest messages first. When each is down to its newest
/// message, the streams that have been quiet for longest lose theirs. The rule is the same as in memory. Used by the writer's thread.
/// </summary>
internal sealed class DiskRoom(DiskCore core, HistoryOptions options)
{
    private const int PageSize = 4096;

    private readonly Dictionary<StreamName, long> bounds = [];
    private long usedBefore = long.MaxValue;

    /// <summary>The most that database and log take, in bytes.</summary>
    public long Limit => options.TotalBytes ?? DiskHistoryOptions.UsualBytes;

    /// <summary>How much may be appended before it is measured again, in bytes.</summary>
    public long Grain => Math.Clamp(Limit / 64, 4096, 8 * 1024 * 1024);

    /// <summary>How many pages may be in the log.</summary>
    public int MostPagesInLog => (int)Math.Clamp(Limit / 8 / PageSize, 100, 16_384);

    /// <summary>After how many pages the log is copied into the database. SQLite's own default is 1000.</summary>
    public int CheckpointAfter => Math.Min(1000, MostPagesInLog / 2);

    // What is left to the database beside the log, which is a file of its own, and what is appended before the next look, up to one transaction. The
    // database never grows while it has free pages.
    private long Most => Math.Max(Limit / 4, Limit - ((long)MostPagesInLog * PageSize) - Grain - DiskWriter.MaxBytes);

    /// <summary>The most that a stream may take by now, as weight.</summary>
    public long MostOf(StreamName stream) => bounds.GetValueOrDefault(stream, long.MaxValue);

    /// <summary>Whether pages that hold nothing must go back to the disk, because the file is at its bound.</summary>
    public bool IsTight(long free) => core.File.UsedBytes + free > Most / 10 * 9;

    /// <summary>Measures.</summary>
    /// <returns>The streams that shall be trimmed.</returns>
    public IReadOnlyCollection<StreamName> Look()
    {
        if (bounds.Count > 0)
        {
            return bounds.Keys;
        }

        // To a tenth below the bound, so that not every later append searches for the largest again. Until then round after round, as long as it
        // helps.
        var (used, target) = (core.File.UsedBytes, Most / 10 * 9);
        if (usedBefore == long.MaxValue ? used <= Most : used <= target || used >= usedBefore)
        {
            usedBefore = long.MaxValue;
            return [];
        }

        usedBefore = used;
        var excess = used - target;
        var several = core.Streams.All.Where(one => one.Value.RetainedMessages > 1).ToArray();
        if (several.Length > 0)
        {
            var level = Math.Max(1, InMemoryStreamHistories.LevelOf(Array.ConvertAll(several, one => one.Value.Weight), excess));
            foreach (var (stream, _) in several.Where(one => one.Value.Weight > level))
            {
                bounds[stream] = level;
            }

            return bounds.Keys;
        }

        foreach (var (stream, head) in core.Streams.All.Where(one => one.Value.RetainedMessages > 0).OrderBy(one => one.Value.HeadAt).SkipLast(1))
        {
            if (excess <= 0)
            {
                break;
            }

            bounds[stream] = 0;
            excess -= head.Weight;
        }

        return bounds.Keys;
    }

    /// <summary>A stream was trimmed.</summary>
    /// <returns>Whether it was one that this bound trimmed: then it is measured again.</returns>
    public bool Trimmed(StreamName stream) => bounds.Remove(stream);

    /// <summary>Nothing is to be trimmed for now.</summary>
    public void Clear()
    {
        bounds.Clear();
        usedBefore = long.MaxValue;
    }
}
