using Microsoft.Data.Sqlite;

namespace Webstream.Grains.History.Disk;

/// <summary>Statements that are run again and again, each time with other values.</summary>
internal static class DiskStatements
{
    /// <summary>Gives a statement the values of all its parameters, in their order.</summary>
    public static SqliteCommand With(this SqliteCommand statement, params ReadOnlySpan<object?> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            statement.Parameters[i].Value = values[i] ?? DBNull.Value;
        }

        return statement;
    }
}
