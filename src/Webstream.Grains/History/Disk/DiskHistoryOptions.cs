namespace Webstream.Grains.History.Disk;

/// <summary>Where a history on disk is, and how it is written. Its bounds are those of <see cref="HistoryOptions"/>.</summary>
public sealed record DiskHistoryOptions
{
    /// <summary>The bound on database and write-ahead log together where <see cref="HistoryOptions.TotalBytes"/> sets none, in bytes.</summary>
    public const long UsualBytes = 4L * 1024 * 1024 * 1024;

    /// <summary>The database file. Its folder is there; files beside it have its name and an ending.</summary>
    public required string Path { get; init; }

    /// <summary>When an append counts as done.</summary>
    public HistorySync Sync { get; init; } = HistorySync.Always;

    /// <summary>Names the running of the machine since it was started; none when unknown, which counts as another one than before.</summary>
    public string? BootId { get; init; } = ReadBootId();

    /// <summary>How much is kept free in a file of its own, so that there is room to tidy up when the disk is full, in bytes.</summary>
    public long ReserveBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>For tests: what the file looks like to this program.</summary>
    internal DiskSchema Schema { get; init; } = DiskSchema.Now;

    private static string? ReadBootId()
    {
        try
        {
            return File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
