using Webstream.Grains.History.Disk;

namespace Webstream.Grains.Passes;

/// <summary>
/// Passes in a table of their own in the file of the histories. The writer's thread reads it too, and does one thing at a time: so a ticket is taken once.
/// A row that is not as it was written gives nobody a right.
/// </summary>
/// <param name="logs">The file.</param>
/// <param name="time">The clock.</param>
internal sealed class DiskPassStore(DiskStreamHistories logs, TimeProvider time) : IPassStore
{
    // Made when it is first needed, not by the steps of the schema: older programs pass over it, and a file without it has no passes.
    private const string Table =
        "CREATE TABLE IF NOT EXISTS passes (id TEXT PRIMARY KEY, kind INTEGER, account TEXT, created INTEGER, ends INTEGER, value TEXT, sum INTEGER) WITHOUT ROWID";

    public Task<StoredPass?[]> FindAsync(string[] ids) => logs.Writer.RunAsync(() => HasTable ? Array.ConvertAll(ids, Find) : new StoredPass?[ids.Length]);

    public Task<PassOutcome> AddAsync(StoredPass pass) => logs.Writer.RunAsync(() =>
    {
        var outcome = PassOutcome.Added;
        logs.Core.Write(() =>
        {
            Run(Table);
            Run("DELETE FROM passes WHERE ends<=$now", ("$now", Ticks(time.GetUtcNow())));
            var kind = (long)pass.Kind;
            if (Number("SELECT count(*) FROM passes WHERE kind=$kind AND account=$account", ("$kind", kind), ("$account", pass.Holder.Account))
                >= PassBounds.OfOne(pass.Kind))
            {
                Run(
                    "DELETE FROM passes WHERE id=(SELECT id FROM passes WHERE kind=$kind AND account=$account ORDER BY created LIMIT 1)",
                    ("$kind", kind), ("$account", pass.Holder.Account));
            }
            else if (Number("SELECT count(*) FROM passes WHERE kind=$kind", ("$kind", kind)) >= PassBounds.Most)
            {
                outcome = PassOutcome.Full;
                return;
            }

            Set(pass);
        });
        return outcome;
    });

    public Task<bool> RemoveAsync(string id) => logs.Writer.RunAsync(() =>
    {
        if (!HasTable || Number("SELECT count(*) FROM passes WHERE id=$id", ("$id", id)) == 0)
        {
            return false;
        }

        logs.Core.Write(() => Run("DELETE FROM passes WHERE id=$id", ("$id", id)));
        return true;
    });

    public Task<PassTake> TakeAsync(string id) => logs.Writer.RunAsync(() =>
    {
        if (!HasTable || Find(id) is not { Kind: PassKind.Ticket } ticket)
        {
            return new(null, IsFirst: false);
        }

        var taken = ticket with { Taken = true };
        if (!ticket.Taken)
        {
            logs.Core.Write(() => Set(taken));
        }

        return new PassTake(taken, IsFirst: !ticket.Taken);
    });

    private DiskFile File => logs.File;

    private bool HasTable => File.Connection.Number("SELECT count(*) FROM sqlite_schema WHERE name='passes'") > 0;

    private StoredPass? Find(string id)
    {
        using var command = File.Connection.Command("SELECT value, sum FROM passes WHERE id=$id", ("$id", id));
        using var row = command.ExecuteReader();
        return row.Read() && row.GetValue(0) is string value && row.GetValue(1) is long sum && SumOf(id, value) == sum && PassJson.TryRead(value, out var pass) && pass.Id == id
            && pass.Ends > time.GetUtcNow()
                ? pass
                : null;
    }

    private void Set(StoredPass pass)
    {
        var value = PassJson.Write(pass);
        Run(
            "INSERT OR REPLACE INTO passes (id, kind, account, created, ends, value, sum) VALUES ($id, $kind, $account, $created, $ends, $value, $sum)",
            ("$id", pass.Id), ("$kind", (long)pass.Kind), ("$account", pass.Holder.Account), ("$created", Ticks(pass.Created)), ("$ends", Ticks(pass.Ends)),
            ("$value", value), ("$sum", SumOf(pass.Id, value)));
    }

    private long Number(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = File.Connection.Command(sql, parameters);
        return (long)command.ExecuteScalar()!;
    }

    private void Run(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = File.Connection.Command(sql, parameters);
        command.ExecuteNonQuery();
    }

    private static long Ticks(DateTimeOffset at) => at.UtcTicks;

    private static long SumOf(string id, string value) => new RowChecksum().Add(id).Add(value).Take();
}
