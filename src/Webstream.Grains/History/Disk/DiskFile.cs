using System.Globalization;
using Microsoft.Data.Sqlite;
using Webstream.ServiceDefaults.State;

namespace Webstream.Grains.History.Disk;

/// <summary>
/// The file as the writer's thread has it: one connection that writes, and what says how far the file was written. Opening finds out whether
/// numbers may be lost (see <see cref="Open"/>).
/// </summary>
internal sealed class DiskFile : IDisposable
{
    private const int CacheBytes = 4 * 1024 * 1024;

    // A page of the file. Each commit writes whole pages into the log.
    private const int PageSize = 4096;

    private readonly DiskHistoryOptions options;
    private DiskConnection? connection;
    private DiskRows? rows;
    private DiskWitness? witness;
    private bool syncing = true;
    private long syncs;

    /// <summary>What the writer's connection and the readers' keep in memory at most, in bytes.</summary>
    public const int Memory = CacheBytes + (DiskReaders.Count * DiskReaders.CacheBytes);

    public DiskFile(DiskHistoryOptions options) => this.options = options;

    public string Path => options.Path;

    public bool IsOpen => connection is not null;

    public DiskConnection Connection => connection ?? throw new IOException($"{Path} is closed");

    public DiskRows Rows => rows ?? throw new IOException($"{Path} is closed");

    public DiskWitness Witness => witness ?? throw new IOException($"{Path} is closed");

    /// <summary>Pages in the write-ahead log that are not in the database yet.</summary>
    public int PagesInLog { get; private set; }

    /// <summary>Committed, and perhaps not on the disk yet.</summary>
    public bool Unsynced { get; private set; }

    /// <summary>The size of the database in use, in bytes.</summary>
    public long UsedBytes => PageSize * (Connection.Number("PRAGMA page_count") - Connection.Number("PRAGMA freelist_count"));

    /// <summary>The size of pages in the database that hold nothing, in bytes.</summary>
    public long FreeBytes => PageSize * Connection.Number("PRAGMA freelist_count");

    /// <summary>Opens the file, or makes it, and reads what it holds. <see cref="Begin"/> comes next.</summary>
    /// <param name="again">It was open before in this process.</param>
    /// <returns>What it holds, and whether numbers may have been given out that it does not know of: then each stream needs a new epoch.</returns>
    public (DiskContents Contents, bool NumbersLost) Open(bool again)
    {
        try
        {
            var tail = WalTail.IsLost(Path + "-wal");
            Make();
            connection = new(Path, write: true, CacheBytes);
            // Before the first table, or it would have no effect.
            connection.Run($"PRAGMA page_size={PageSize}; PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0");
            connection.Run($"PRAGMA synchronous=FULL; PRAGMA fullfsync=1; PRAGMA checkpoint_fullfsync=1; PRAGMA journal_size_limit={16 * 1024 * 1024}");
            syncing = true;
            options.Schema.Prepare(connection);
            rows = new(connection);
            var contents = DiskContents.Read(connection);
            witness = DiskWitness.Open(Path);
            var heads = contents.Heads.Values.ToDictionary(head => head.Life, head => head.Head);
            return (contents, tail || !witness.Agrees(life => heads.TryGetValue(life, out var head) ? head : null) || (!again && MachineEnded()));
        }
        catch
        {
            Close();
            throw;
        }
    }

    /// <summary>
    /// Notes who has the file now. In one transaction with the new epochs, if there must be any: a second try after a failure would not find out
    /// again that they are needed.
    /// </summary>
    public void Begin(Action renew) => Transaction(() =>
    {
        renew();
        DiskSchema.WriteMeta(Connection, "sync", options.Sync.ToString());
        DiskSchema.WriteMeta(Connection, "boot", options.BootId);
        DiskSchema.WriteMeta(Connection, "clean", "0");
    });

    /// <summary>Runs one transaction.</summary>
    /// <param name="work">What it writes.</param>
    /// <param name="synced">True: it is on the disk when this returns, unless the options leave that for later. False: it may be lost.</param>
    public void Transaction(Action work, bool synced = true)
    {
        Sync(synced && options.Sync == HistorySync.Always);
        Connection.Run("BEGIN IMMEDIATE");
        work();
        Connection.Run("COMMIT");
        PagesInLog += Connection.TakePagesWritten();
        Unsynced = !syncing;
    }

    /// <summary>Takes everything that is committed to the disk, by one commit that is.</summary>
    public void SyncNow()
    {
        Sync(true);
        Connection.Run("BEGIN IMMEDIATE");
        DiskSchema.WriteMeta(Connection, "synced", (++syncs).ToString(CultureInfo.InvariantCulture));
        Connection.Run("COMMIT");
        Unsynced = false;
    }

    /// <summary>Copies pages from the write-ahead log into the database.</summary>
    /// <param name="shrink">Also empties the log; waits for readers.</param>
    public void Checkpoint(bool shrink = false)
    {
        using var command = Connection.Command(shrink ? "PRAGMA wal_checkpoint(TRUNCATE)" : "PRAGMA wal_checkpoint(PASSIVE)");
        using var row = command.ExecuteReader();
        if (row.Read())
        {
            PagesInLog = Math.Max(0, row.GetInt32(1) - row.GetInt32(2));
        }
    }

    /// <summary>Marks the end as one that lost nothing, and closes the file.</summary>
    /// <param name="note">What else is written, if it is open.</param>
    public void End(Action? note = null)
    {
        if (IsOpen)
        {
            try
            {
                Sync(true);
                note?.Invoke();
                DiskSchema.WriteMeta(Connection, "clean", "1");
                Checkpoint(shrink: true);
            }
            catch (Exception failure) when (DiskFailures.IsOfTheFile(failure))
            {
                // Then it is no clean end.
            }
        }

        var empty = IsOpen && File.Exists(Path + "-wal") && new FileInfo(Path + "-wal").Length == 0;
        Close();
        if (empty)
        {
            File.Delete(Path + "-wal");
            File.Delete(Path + "-shm");
        }
    }

    /// <summary>Closes it as it is.</summary>
    public void Close()
    {
        rows?.Dispose();
        witness?.Dispose();
        connection?.Dispose();
        (rows, witness, connection, PagesInLog, Unsynced) = (null, null, null, 0, false);
    }

    /// <summary>Moves the database and all that belongs to it aside, so that an empty one can begin. The file is closed.</summary>
    /// <returns>Where the database is now.</returns>
    public string MoveAside(DateTimeOffset now)
    {
        var target = $"{Path}.damaged-{now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}";
        for (var n = 2; File.Exists(target) || File.Exists(target + "-wal"); n++)
        {
            target = $"{Path}.damaged-{now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}-{n}";
        }

        // The log first: without its database it does no harm, but a new database must not meet it.
        foreach (var ending in (string[])["-wal", "-shm", ""])
        {
            if (File.Exists(Path + ending))
            {
                File.Move(Path + ending, target + ending);
            }
        }

        File.Delete(DiskWitness.PathOf(Path));
        return target;
    }

    public void Dispose() => End();

    private void Sync(bool on)
    {
        if (on != syncing)
        {
            Connection.Run(on ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
            syncing = on;
        }
    }

    // SQLite would make it readable for others.
    private void Make()
    {
        if (!File.Exists(Path))
        {
            PrivateFile.Open(Path, FileMode.CreateNew, FileAccess.Write).Dispose();
        }
    }

    // The life before this one left commits to the operating system, and the machine may have stopped before they were on the disk.
    private bool MachineEnded() =>
        DiskSchema.Meta(Connection, "sync") == nameof(HistorySync.EverySec)
        && DiskSchema.Meta(Connection, "clean") != "1"
        && (options.BootId is null || DiskSchema.Meta(Connection, "boot") != options.BootId);
}
