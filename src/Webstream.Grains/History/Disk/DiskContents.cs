using Webstream.Protocol;

namespace Webstream.Grains.History.Disk;

/// <summary>What a file holds besides messages and keys, as it is read when the file is opened.</summary>
/// <param name="Heads">The streams.</param>
/// <param name="Ended">The epochs of streams that gave way, the oldest first.</param>
/// <param name="Gone">Lives whose messages are still to be deleted.</param>
/// <param name="Broken">Lives whose row is not as it was written.</param>
/// <param name="NextLife">A number that no row has.</param>
internal sealed record DiskContents(
    Dictionary<StreamName, DiskHead> Heads, List<KeyValuePair<StreamName, ulong>> Ended, HashSet<long> Gone, List<long> Broken, long NextLife)
{
    /// <summary>Reads them.</summary>
    public static DiskContents Read(DiskConnection file)
    {
        var (heads, broken) = Streams(file);
        var ended = new List<KeyValuePair<StreamName, ulong>>();
        using (var command = file.Command("SELECT name, epoch FROM ended ORDER BY number"))
        using (var row = command.ExecuteReader())
        {
            while (row.Read())
            {
                if (!row.IsDBNull(0) && StreamName.TryParse(row.GetString(0), out var name))
                {
                    ended.Add(new(name, unchecked((ulong)row.GetInt64(1))));
                }
            }
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
        return new(heads, ended, gone, broken, NextLifeOf(file));
    }

    private static long NextLifeOf(DiskConnection file) => 1 + Math.Max(
        file.Number("SELECT coalesce(max(life), 0) FROM messages"),
        Math.Max(file.Number("SELECT coalesce(max(life), 0) FROM streams"), file.Number("SELECT coalesce(max(life), 0) FROM gone")));

    private static (Dictionary<StreamName, DiskHead> Heads, List<long> Broken) Streams(DiskConnection file)
    {
        var (heads, broken, checksum) = (new Dictionary<StreamName, DiskHead>(), new List<long>(), new RowChecksum());
        using var command = file.Command("SELECT life, name, epoch, head, headAt, oldest, oldestAt, bytes, oldestBytes, batch, sum FROM streams ORDER BY life");
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            var life = row.GetInt64(0);
            if (Enumerable.Range(1, 10).Any(row.IsDBNull) || row.GetFieldValue<byte[]>(9) is not { Length: 16 } batch)
            {
                broken.Add(life);
                continue;
            }

            var head = new DiskHead(
                life, unchecked((ulong)row.GetInt64(2)), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5), row.GetInt64(6), row.GetInt64(7), row.GetInt64(8), new(batch));
            if (RowsAgree(row.GetString(1), head, batch, row.GetInt64(10)) && StreamName.TryParse(row.GetString(1), out var name) && heads.TryAdd(name, head))
            {
                continue;
            }

            broken.Add(life);
        }

        return (heads, broken);

        bool RowsAgree(string name, DiskHead head, byte[] batch, long sum) => DiskRows.SumOfStream(checksum, name, head, batch) == sum;
    }
}
