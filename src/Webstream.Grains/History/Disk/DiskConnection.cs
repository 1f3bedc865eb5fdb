using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Webstream.Grains.History.Disk;

/// <summary>A connection to the file, with the settings that every connection has. Used by one thread at a time.</summary>
internal sealed class DiskConnection : IDisposable
{
    private const int PagesWritten = 9;
    private const int NoCheckpointAtClose = 1006;

    private readonly SqliteConnection connection;

    static DiskConnection() => Batteries_V2.Init();

    /// <param name="path">The file.</param>
    /// <param name="write">Whether it makes the file and writes.</param>
    /// <param name="cacheBytes">How much of the file it keeps in memory at most.</param>
    public DiskConnection(string path, bool write, int cacheBytes)
    {
        Path = path;
        connection = new(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = write ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadOnly,
            // A pooled connection would hold a file that was moved aside.
            Pooling = false,
            DefaultTimeout = 5,
        }.ToString());
        try
        {
            connection.Open();
            // Closing must not write: the file may be about to be moved aside, or recovered.
            raw.sqlite3_db_config(connection.Handle, NoCheckpointAtClose, 1, out _);
            // The file may be damaged, so pages are checked as they are read, and nothing in the schema is trusted. Memory that is mapped would end
            // the process at an error of the disk.
            Run($"PRAGMA mmap_size=0; PRAGMA cache_size={-cacheBytes / 1024}; PRAGMA cell_size_check=ON; PRAGMA trusted_schema=OFF");
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public string Path { get; }

    /// <summary>No transaction is open. After an error it is asked, not assumed.</summary>
    public bool IsIdle => raw.sqlite3_get_autocommit(connection.Handle) != 0;

    public void Run(string sql)
    {
        using var command = Command(sql);
        command.ExecuteNonQuery();
    }

    public long Number(string sql)
    {
        using var command = Command(sql);
        return Convert.ToInt64(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
    }

    public SqliteCommand Command(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }

        return command;
    }

    /// <summary>A statement that is run again and again.</summary>
    public SqliteCommand Prepared(string sql, params ReadOnlySpan<string> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in parameters)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = name });
        }

        command.Prepare();
        return command;
    }

    /// <summary>How many pages were written since the last call.</summary>
    public int TakePagesWritten()
    {
        raw.sqlite3_db_status(connection.Handle, PagesWritten, out var pages, out _, 1);
        return pages;
    }

    public void Dispose() => connection.Dispose();
}
