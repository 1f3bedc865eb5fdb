using System.Collections.Concurrent;

namespace Webstream.Grains.Tables;

/// <summary>Tables that end with this process.</summary>
internal sealed class InMemoryTables : ITables
{
    private readonly ConcurrentDictionary<string, InMemoryTable> tables = new(StringComparer.Ordinal);

    public ITable Open(string name, int most) => tables.GetOrAdd(name, static (_, most) => new(most), most);
}

/// <summary>A table that ends with this process.</summary>
/// <param name="most">The most rows.</param>
internal sealed class InMemoryTable(int most) : ITable
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, string> rows = new(StringComparer.Ordinal);

    // Not 0: a gateway that outlives its silo shall see that the rows of before are gone.
    private long version = TableVersion.New();

    public Task<TableContents?> ReadAsync(long? known)
    {
        lock (gate)
        {
            return Task.FromResult(known == version ? null : new TableContents(
                version, [.. rows.Select(row => new TableRow(row.Key, row.Value))], Persistent: false));
        }
    }

    public Task<TableRow?> FindAsync(string id)
    {
        lock (gate)
        {
            return Task.FromResult(rows.TryGetValue(id, out var value) ? new TableRow(id, value) : (TableRow?)null);
        }
    }

    public Task<TableOutcome> SetAsync(string id, string? before, string value)
    {
        lock (gate)
        {
            if (rows.GetValueOrDefault(id) != before)
            {
                return Task.FromResult(TableOutcome.Changed);
            }

            if (before is null && rows.Count >= most)
            {
                return Task.FromResult(TableOutcome.Full);
            }

            rows[id] = value;
            version = TableVersion.New();
            return Task.FromResult(TableOutcome.Done);
        }
    }

    public Task<bool> RemoveAsync(string id, string? before = null)
    {
        lock (gate)
        {
            var removed = (before is null || rows.GetValueOrDefault(id) == before) && rows.Remove(id);
            version = removed ? TableVersion.New() : version;
            return Task.FromResult(removed);
        }
    }
}
