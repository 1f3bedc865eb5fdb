using Microsoft.Data.Sqlite;

namespace Webstream.Grains.History.Disk;

/// <summary>
/// The tables of the file, and the steps that lead from each older format to the next. The format's number rises only when an older program would
/// misread the file: a table or a column that older programs may ignore needs no new number.
/// </summary>
/// <param name="steps">The step that makes format 1 of an empty file, the step that makes format 2 of format 1, and so on.</param>
internal sealed class DiskSchema(params string[] steps)
{
    /// <summary>Marks the file as this product's (`Wstr`).</summary>
    public const int ApplicationId = 0x57737472;

    // `streams`: a row for each stream that has history, under the number of its life. `messages`: the messages, and with the last message of each
    // push its key, so that both go together; small columns first, so that walking over rows does not read the bodies. `ended`: how the histories
    // of streams ended. `gone`: lives whose messages are still to be deleted. Every row that decides about numbers has a checksum.
    private const string First = """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT, sum INTEGER) WITHOUT ROWID;
        CREATE TABLE streams (life INTEGER PRIMARY KEY, name TEXT, epoch INTEGER, head INTEGER, headAt INTEGER, oldest INTEGER, oldestAt INTEGER,
          bytes INTEGER, oldestBytes INTEGER, batch BLOB, sum INTEGER);
        CREATE TABLE messages (life INTEGER, seq INTEGER, at INTEGER, before INTEGER, sum INTEGER, count INTEGER, hash INTEGER, print BLOB, key TEXT,
          body BLOB, PRIMARY KEY (life, seq)) WITHOUT ROWID;
        CREATE INDEX keys ON messages (life, hash) WHERE hash IS NOT NULL;
        CREATE TABLE ended (number INTEGER PRIMARY KEY, name TEXT, epoch INTEGER);
        CREATE TABLE gone (life INTEGER PRIMARY KEY);
        """;

    // An older program would append behind an end mark. Rows of format 1 have none of the new columns: those are not part of their checksum.
    // `settings`: the streams' own settings.
    private const string Second = """
        ALTER TABLE streams ADD COLUMN endMark INTEGER;
        ALTER TABLE streams ADD COLUMN rank INTEGER;
        ALTER TABLE ended ADD COLUMN deleted INTEGER;
        ALTER TABLE ended ADD COLUMN next INTEGER;
        ALTER TABLE ended ADD COLUMN rank INTEGER;
        ALTER TABLE ended ADD COLUMN sum INTEGER;
        CREATE TABLE settings (name TEXT PRIMARY KEY, messages INTEGER, bytes INTEGER, retention INTEGER, description TEXT, sum INTEGER) WITHOUT ROWID;
        """;

    // Which key began a stream, under the stream's life. Older programs pass over it, and a file without it has none.
    private const string Founders =
        "CREATE TABLE IF NOT EXISTS founders (life INTEGER PRIMARY KEY, stream TEXT, name TEXT, bytes INTEGER, sum INTEGER)";

    /// <summary>What this program reads and writes.</summary>
    public static DiskSchema Now { get; } = new(First, Second);

    /// <summary>The steps from an empty file to the present format.</summary>
    public IReadOnlyList<string> Steps => steps;

    /// <summary>The format that this program reads and writes.</summary>
    public int Format => steps.Length;

    /// <summary>Makes the tables of an empty file, or takes an older file to the present format.</summary>
    /// <exception cref="HistoryFileException">A newer program wrote the file, or it is no history.</exception>
    /// <exception cref="DiskDamageException">The file says of itself what cannot be.</exception>
    public void Prepare(DiskConnection file)
    {
        var empty = file.Number("SELECT count(*) FROM sqlite_schema") == 0;
        var known = (int)file.Number("PRAGMA user_version");
        if (!empty)
        {
            known = Confirmed(file, known);
        }

        if (known > Format)
        {
            throw new HistoryFileException(
                HistoryFileReason.NewerFormat,
                file.Path,
                $"{file.Path} was written by a newer version of this program (format {known}; this one reads up to {Format}). "
                + "Start that version, or choose another file with Webstream__Log__Path.");
        }

        if (known < Format)
        {
            file.Run("BEGIN IMMEDIATE");
            for (var step = known; step < Format; step++)
            {
                file.Run(steps[step]);
            }

            WriteMeta(file, "format", $"{Format}");
            file.Run($"PRAGMA user_version={Format}; PRAGMA application_id={ApplicationId}");
            file.Run("COMMIT");
        }

        file.Run(Founders);
    }

    /// <summary>Reads one of the facts about the file; none when it is not there.</summary>
    /// <exception cref="DiskDamageException">It is not as it was written.</exception>
    public static string? Meta(DiskConnection file, string name)
    {
        using var command = file.Command("SELECT value, sum FROM meta WHERE name=$name", ("$name", name));
        using var row = command.ExecuteReader();
        if (!row.Read())
        {
            return null;
        }

        var value = row.IsDBNull(0) ? null : row.GetString(0);
        return new RowChecksum().Add(name).Add(value).Take() == row.GetInt64(1)
            ? value
            : throw new DiskDamageException($"The entry {name} is not as it was written.");
    }

    /// <summary>Writes one of the facts about the file.</summary>
    public static void WriteMeta(DiskConnection file, string name, string? value)
    {
        using var command = file.Command(
            "INSERT OR REPLACE INTO meta (name, value, sum) VALUES ($name, $value, $sum)",
            ("$name", name),
            ("$value", value),
            ("$sum", new RowChecksum().Add(name).Add(value).Take()));
        command.ExecuteNonQuery();
    }

    // One flipped bit in the header must not make the file look newer, or like somebody else's: the format stands in it twice.
    private static int Confirmed(DiskConnection file, int known)
    {
        string? written;
        try
        {
            written = Meta(file, "format");
        }
        catch (SqliteException) when (file.Number("PRAGMA application_id") != ApplicationId)
        {
            throw new HistoryFileException(
                HistoryFileReason.CannotOpen, file.Path, $"{file.Path} is a database of another program. Choose another file with Webstream__Log__Path.");
        }

        return written == $"{known}" && file.Number("PRAGMA application_id") == ApplicationId
            ? known
            : throw new DiskDamageException("Its header and its contents disagree about the format.");
    }
}
