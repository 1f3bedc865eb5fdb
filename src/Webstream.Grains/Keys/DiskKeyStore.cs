using System.Globalization;
using Webstream.Grains.History.Disk;

namespace Webstream.Grains.Keys;

/// <summary>
/// Keys in a table of their own in the file of the histories. The writer's thread reads it too: a gateway asks only now and then. A row that is not
/// as it was written gives nobody a right.
/// </summary>
/// <param name="logs">The file.</param>
internal sealed class DiskKeyStore(DiskStreamHistories logs) : IKeyStore
{
    // Made when it is first needed, not by the steps of the schema: older programs pass over it, and a file without it has no keys.
    private const string Table = "CREATE TABLE IF NOT EXISTS api_keys (id TEXT PRIMARY KEY, value TEXT, sum INTEGER) WITHOUT ROWID";

    // The id of the row that has the version.
    private const string VersionRow = "version";

    public Task<KeyList?> ReadAsync(long? known) => logs.Writer.RunAsync(() =>
    {
        var version = long.TryParse(Value(VersionRow), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        return version == known ? null : new KeyList(version, version == 0 ? [] : [.. Keys()], Persistent: true);
    });

    public Task<KeyOutcome> AddAsync(StoredKey key) => logs.Writer.RunAsync(() =>
    {
        if (Value(key.Id) is not null)
        {
            return KeyOutcome.Taken;
        }

        if (HasTable && File.Connection.Number("SELECT count(*) FROM api_keys") > KeyList.MaxKeys)
        {
            return KeyOutcome.Full;
        }

        Write(() => Set(key.Id, KeyJson.Write(key)));
        return KeyOutcome.Added;
    });

    public Task<bool> RemoveAsync(string id) => logs.Writer.RunAsync(() =>
    {
        if (id == VersionRow || Value(id) is null)
        {
            return false;
        }

        Write(() => Run("DELETE FROM api_keys WHERE id=$id", ("$id", id)));
        return true;
    });

    private DiskFile File => logs.File;

    private bool HasTable => File.Connection.Number("SELECT count(*) FROM sqlite_schema WHERE name='api_keys'") > 0;

    private string? Value(string id)
    {
        if (!HasTable)
        {
            return null;
        }

        using var command = File.Connection.Command("SELECT value FROM api_keys WHERE id=$id", ("$id", id));
        return command.ExecuteScalar() as string;
    }

    private IEnumerable<StoredKey> Keys()
    {
        using var command = File.Connection.Command("SELECT id, value, sum FROM api_keys");
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            var (id, value) = (row.GetString(0), row.GetString(1));
            if (SumOf(id, value) == row.GetInt64(2) && KeyJson.TryRead(value, out var key) && key.Id == id)
            {
                yield return key;
            }
        }
    }

    private void Write(Action change) => logs.Core.Write(() =>
    {
        Run(Table);
        change();
        Set(VersionRow, KeyVersion.New().ToString(CultureInfo.InvariantCulture));
    });

    private void Set(string id, string value) => Run(
        "INSERT OR REPLACE INTO api_keys (id, value, sum) VALUES ($id, $value, $sum)", ("$id", id), ("$value", value), ("$sum", SumOf(id, value)));

    private void Run(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = File.Connection.Command(sql, parameters);
        command.ExecuteNonQuery();
    }

    private static long SumOf(string id, string value) => new RowChecksum().Add(id).Add(value).Take();
}
