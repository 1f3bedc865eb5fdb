using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Webstream.Grains.History;
using Webstream.Grains.History.Disk;
using Webstream.Grains.Memory;
using Webstream.Grains.Tests.History.Redis;
using Webstream.Grains.Tests.Memory;

namespace Webstream.Grains.Tests.History.Disk;

/// <summary>A folder of a test alone, and the histories in it.</summary>
internal sealed class DiskFolder : IDisposable
{
    private readonly RefusedAppends refused = new();

    // In memory where that can be: most tests are not about how long a disk takes.
    private const string InMemory = "/dev/shm";

    public DiskFolder(string? parent = null)
    {
        Folder = System.IO.Path.Combine(
            parent ?? (Directory.Exists(InMemory) ? InMemory : System.IO.Path.GetTempPath()), $"webstream-disk-{Guid.NewGuid():N}");
        Directory.CreateDirectory(Folder);
    }

    public string Folder { get; }

    public string Path => System.IO.Path.Combine(Folder, "history.db");

    public HistoryOptions Retained { get; } = new();

    public FakeTimeProvider Time { get; } = new();

    public MemoryBudget Budget { get; } = Budgets.Of();

    public FakeLogger<DiskStreamHistories> Logger { get; } = new();

    public long Refused => refused.Count;

    /// <summary>What the logger was told at a level.</summary>
    public string[] Told(LogLevel level) => [.. Logger.Collector.GetSnapshot().Where(line => line.Level == level).Select(line => line.Message)];

    public DiskStreamHistories Open(HistorySync sync = HistorySync.Always, string? boot = "boot-1", long reserve = 64 * 1024, DiskSchema? schema = null) => DiskStreamHistories.Open(
        new() { Path = Path, Sync = sync, BootId = boot, ReserveBytes = reserve, Schema = schema ?? DiskSchema.Now }, Retained, Budget, refused.Metrics, Time, Logger);

    /// <summary>A copy of the file, its log and its witness, as an end of the process at this moment would leave them.</summary>
    public void CopyTo(DiskFolder other)
    {
        foreach (var file in Directory.GetFiles(Folder).Where(file => !file.EndsWith("-shm", StringComparison.Ordinal)))
        {
            File.Copy(file, System.IO.Path.Combine(other.Folder, System.IO.Path.GetFileName(file)), overwrite: true);
        }
    }

    public void Dispose()
    {
        refused.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
