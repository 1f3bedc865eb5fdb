using Microsoft.Data.Sqlite;
using Webstream.Protocol;

namespace Webstream.Grains.History.Disk;

/// <summary>How the histories of streams ended, as rows of the file: the newest <see cref="EndedLives.Most"/>.</summary>
internal sealed class DiskEndings(DiskConnection file) : IDisposable
{
    private readonly RowChecksum checksum = new();

    private readonly SqliteCommand add = file.Prepared(
        "INSERT INTO ended (name, epoch, deleted, next, rank, sum) VALUES ($name, $epoch, $deleted, $next, $rank, $sum); "
        + "DELETE FROM ended WHERE number <= (SELECT max(number) FROM ended) - $most",
        "$name", "$epoch", "$deleted", "$next", "$rank", "$sum", "$most");

    /// <summary>Writes how a history ended. Used by the writer's thread, inside a transaction.</summary>
    public void Add(StreamName stream, EndedLife ended) => add.With(
        stream.Value,
        unchecked((long)ended.Forgotten),
        unchecked((long)ended.Deleted),
        unchecked((long)ended.Epoch),
        ended.Life,
        Sum(checksum, stream.Value, ended),
        EndedLives.Most).ExecuteNonQuery();

    /// <summary>Reads all of them. A row that is not as it was written counts as none: the stream begins anew, and nobody is told why.</summary>
    public static EndedLives Read(DiskConnection file)
    {
        var (lives, checksum) = (new EndedLives(), new RowChecksum());
        using var command = file.Command("SELECT name, epoch, deleted, next, rank, sum FROM ended ORDER BY number");
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            if (row.IsDBNull(0) || row.IsDBNull(1) || !StreamName.TryParse(row.GetString(0), out var stream))
            {
                continue;
            }

            // Format 1 knew only the epoch, and had no checksum here.
            var ended = new EndedLife(Epoch(row, 1), Epoch(row, 2), Epoch(row, 3), row.IsDBNull(4) ? 0 : row.GetInt64(4));
            lives.Add(stream, row.IsDBNull(5) ? new(ended.Forgotten, 0, 0, 0) : row.GetInt64(5) == Sum(checksum, stream.Value, ended) ? ended : default);
        }

        return lives;
    }

    public void Dispose() => add.Dispose();

    private static ulong Epoch(SqliteDataReader row, int column) => row.IsDBNull(column) ? 0 : unchecked((ulong)row.GetInt64(column));

    private static long Sum(RowChecksum checksum, string stream, EndedLife ended) =>
        checksum.Add(stream).Add(unchecked((long)ended.Forgotten)).Add(unchecked((long)ended.Deleted)).Add(unchecked((long)ended.Epoch)).Add(ended.Life).Take();
}
