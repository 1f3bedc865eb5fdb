using Webstream.Protocol;

namespace Webstream.Grains.History.Disk;

/// <summary>What a file holds besides messages and keys, as it is read when the file is opened.</summary>
/// <param name="Heads">The streams.</param>
/// <param name="Ended">How histories ended.</param>
/// <param name="Gone">Lives whose messages are still to be deleted.</param>
/// <param name="Broken">Lives whose row is not as it was written.</param>
/// <param name="Empty">Lives of streams that have neither messages nor settings: a move that was cut off, or settings that are damaged.</param>
/// <param name="BrokenSettings">Names of streams whose settings are not as they were written.</param>
/// <param name="NextLife">A number that no row has.</param>
internal sealed record DiskContents(
    Dictionary<StreamName, DiskHead> Heads, EndedLives Ended, HashSet<long> Gone, List<long> Broken, List<long> Empty, List<string> BrokenSettings, long NextLife)
{
    /// <summary>Reads them.</summary>
    public static DiskContents Read(DiskConnection file)
    {
        var (heads, broken) = Streams(file);
        var (settings, brokenSettings) = DiskSettings.Read(file);
        var founders = Founders(file);
        foreach (var (stream, head) in heads.ToArray())
        {
            // A life has one stream: a row that an older program left behind belongs to another one.
            heads[stream] = founders.TryGetValue(head.Life, out var began) && began.Stream == stream.Value ? head with { Founder = began.Founder } : head;
        }

        var gone = new HashSet<long>();
        using (var command = file.Command("SELECT life FROM gone"))
        using (var row = command.ExecuteReader())
        {
            while (row.Read())
            {
                gone.Add(row.GetInt64(0));
            }
        }

        // A damaged row may say that a life is over which is not.
        gone.ExceptWith(heads.Values.Select(head => head.Life));
        var nextLife = NextLifeOf(file);
        foreach (var (stream, own) in settings)
        {
            // The row of a stream with settings may have been damaged. Its settings stay.
            heads[stream] = heads.TryGetValue(stream, out var head) ? head with { Settings = own } : DiskHead.Empty(nextLife++, 0, 0, own);
        }

        var empty = new List<long>();
        foreach (var (stream, head) in heads.Where(one => !one.Value.HasPlace).ToArray())
        {
            heads.Remove(stream);
            empty.Add(head.Life);
        }

        return new(heads, DiskEndings.Read(file), gone, broken, empty, brokenSettings, nextLife);
    }

    private static long NextLifeOf(DiskConnection file) => 1 + Math.Max(
        file.Number("SELECT coalesce(max(life), 0) FROM messages"),
        Math.Max(file.Number("SELECT coalesce(max(life), 0) FROM streams"), file.Number("SELECT coalesce(max(life), 0) FROM gone")));

    // One that is not as it was written is left out: its stream counts for nobody.
    private static Dictionary<long, (string Stream, Founder Founder)> Founders(DiskConnection file)
    {
        var (found, checksum) = (new Dictionary<long, (string, Founder)>(), new RowChecksum());
        using var command = file.Command("SELECT life, stream, name, bytes, sum FROM founders WHERE stream IS NOT NULL AND name IS NOT NULL");
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            var (life, stream, founder) = (row.GetInt64(0), row.GetString(1), new Founder(row.GetString(2), row.IsDBNull(3) ? null : row.GetInt64(3)));
            if (!row.IsDBNull(4) && row.GetInt64(4) == DiskRows.SumOfFounder(checksum, life, stream, founder))
            {
                found[life] = (stream, founder);
            }
        }

        return found;
    }

    private static (Dictionary<StreamName, DiskHead> Heads, List<long> Broken) Streams(DiskConnection file)
    {
        var (heads, broken, checksum) = (new Dictionary<StreamName, DiskHead>(), new List<long>(), new RowChecksum());
        using var command = file.Command(
            "SELECT life, name, epoch, head, headAt, oldest, oldestAt, bytes, oldestBytes, batch, sum, endMark, rank FROM streams ORDER BY life");
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            var life = row.GetInt64(0);
            if (Enumerable.Range(1, 10).Any(row.IsDBNull) || row.GetFieldValue<byte[]>(9) is not { Length: 16 } batch)
            {
                broken.Add(life);
                continue;
            }

            var first = row.IsDBNull(11) && row.IsDBNull(12);
            var head = new DiskHead(
                life,
                unchecked((ulong)row.GetInt64(2)),
                row.GetInt64(3),
                row.GetInt64(4),
                row.GetInt64(5),
                row.GetInt64(6),
                row.GetInt64(7),
                row.GetInt64(8),
                new(batch),
                row.IsDBNull(11) ? 0 : row.GetInt64(11),
                row.IsDBNull(12) ? 0 : row.GetInt64(12));
            if (DiskRows.SumOfStream(checksum, row.GetString(1), head, batch, first) == row.GetInt64(10) && StreamName.TryParse(row.GetString(1), out var name) && heads.TryAdd(name, head))
            {
                continue;
            }

            broken.Add(life);
        }

        return (heads, broken);
    }
}
