using Webstream.Grains.History.Disk;

namespace Webstream.Grains.Tables;

/// <summary>Tables in the file of the histories.</summary>
/// <param name="logs">The file.</param>
internal sealed class DiskTables(DiskStreamHistories logs) : ITables
{
    public ITable Open(string name, int most) => new DiskTable(logs, $"api_{name}", most);
}

/// <summary>
/// A table of its own in the file of the histories. The writer's thread reads it too: a gateway asks only now and then. A row that is not as it was
/// written says nothing.
/// </summary>
/// <param name="logs">The file.</param>
/// <param name="name">The table's name, which stands in statements as it is.</param>
/// <param name="most">The most rows.</param>
internal sealed class DiskTable(DiskStreamHistories logs, string name, int most) : ITable
{
    // Made when it is first needed, not by the steps of the schema: older programs pass over it, and a file without it has no rows.
    private readonly string table = $"CREATE TABLE IF NOT EXISTS {name} (id TEXT PRIMARY KEY, value TEXT, sum INTEGER) WITHOUT ROWID";

    public Task<TableContents?> ReadAsync(long? known) => logs.Writer.RunAsync(() =>
    {
        var version = TableVersion.Parse(Find(TableVersion.Id)?.Value);
        if (version == known && version != 0)
        {
            return null;
        }

        var rows = HasTable ? Rows() : [];
        version = TableVersion.Of(version, rows.Count);
        return version == known ? null : new TableContents(version, rows, Persistent: true);
    });

    public Task<TableRow?> FindAsync(string id) => logs.Writer.RunAsync(() => Find(id));

    public Task<TableOutcome> SetAsync(string id, string? before, string value) => logs.Writer.RunAsync(() =>
    {
        var now = Find(id);
        // What a damaged row said is not known, so nobody can know it.
        if (now is { Value: not null } ? now.Value.Value != before : before is not null)
        {
            return TableOutcome.Changed;
        }

        // One row is the version.
        if (now is null && HasTable && File.Connection.Number($"SELECT count(*) FROM {name}") > most)
        {
            return TableOutcome.Full;
        }

        Write(() => Set(id, value));
        return TableOutcome.Done;
    });

    public Task<bool> RemoveAsync(string id, string? before = null) => logs.Writer.RunAsync(() =>
    {
        if (id == TableVersion.Id || Find(id) is not { } now || (before is not null && now.Value != before))
        {
            return false;
        }

        Write(() => Run($"DELETE FROM {name} WHERE id=$id", ("$id", id)));
        return true;
    });

    private DiskFile File => logs.File;

    private bool HasTable => File.Connection.Number($"SELECT count(*) FROM sqlite_schema WHERE name='{name}'") > 0;

    private TableRow? Find(string id)
    {
        if (!HasTable)
        {
            return null;
        }

        using var command = File.Connection.Command($"SELECT id, value, sum FROM {name} WHERE id=$id", ("$id", id));
        using var row = command.ExecuteReader();
        return row.Read() ? RowIn(row) : null;
    }

    private List<TableRow> Rows()
    {
        var rows = new List<TableRow>();
        using var command = File.Connection.Command($"SELECT id, value, sum FROM {name} WHERE id<>$id", ("$id", TableVersion.Id));
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            rows.Add(RowIn(row));
        }

        return rows;
    }

    private static TableRow RowIn(Microsoft.Data.Sqlite.SqliteDataReader row)
    {
        // What has no id is nothing.
        var (id, value) = (row.IsDBNull(0) ? "" : row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1));
        return new(id, value is not null && row.GetValue(2) is long sum && sum == SumOf(id, value) ? value : null);
    }

    private void Write(Action change) => logs.Core.Write(() =>
    {
        Run(table);
        change();
        Set(TableVersion.Id, TableVersion.Text(TableVersion.New()));
    });

    private void Set(string id, string value) => Run(
        $"INSERT OR REPLACE INTO {name} (id, value, sum) VALUES ($id, $value, $sum)", ("$id", id), ("$value", value), ("$sum", SumOf(id, value)));

    private void Run(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = File.Connection.Command(sql, parameters);
        command.ExecuteNonQuery();
    }

    private static long SumOf(string id, string value) => new RowChecksum().Add(id).Add(value).Take();
}
