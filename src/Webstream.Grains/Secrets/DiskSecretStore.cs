using Webstream.Grains.History.Disk;

namespace Webstream.Grains.Secrets;

/// <summary>Secrets in a table of their own in the file of the histories. What is not as it was written is replaced by a new one.</summary>
/// <param name="logs">The file.</param>
internal sealed class DiskSecretStore(DiskStreamHistories logs) : ISecretStore
{
    // Made when it is first needed, not by the steps of the schema: older programs pass over it.
    private const string Table = "CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value TEXT, sum INTEGER) WITHOUT ROWID";

    public Task<byte[]> EventIdsAsync() => logs.Writer.RunAsync(() => Kept() ?? Keep(Secret.New()));

    private byte[]? Kept()
    {
        if (logs.File.Connection.Number("SELECT count(*) FROM sqlite_schema WHERE name='secrets'") == 0)
        {
            return null;
        }

        using var command = logs.File.Connection.Command("SELECT value, sum FROM secrets WHERE name=$name", ("$name", Secret.EventIds));
        using var row = command.ExecuteReader();
        return row.Read() && row.GetValue(0) is string { Length: 2 * Secret.Length } text && row.GetValue(1) is long sum && SumOf(text) == sum ? Convert.FromHexString(text) : null;
    }

    private byte[] Keep(byte[] made)
    {
        var text = Convert.ToHexStringLower(made);
        logs.Core.Write(() =>
        {
            Run(Table);
            Run(
                "INSERT OR REPLACE INTO secrets (name, value, sum) VALUES ($name, $value, $sum)",
                ("$name", Secret.EventIds), ("$value", text), ("$sum", SumOf(text)));
        });
        return made;
    }

    private void Run(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = logs.File.Connection.Command(sql, parameters);
        command.ExecuteNonQuery();
    }

    private static long SumOf(string text) => new RowChecksum().Add(Secret.EventIds).Add(text).Take();
}
