using System.ComponentModel.DataAnnotations;

namespace Webstream.Grains.History;

/// <summary>How much history is kept, and where. Section <c>Webstream:Log</c>.</summary>
public sealed class HistoryOptions
{
    /// <summary>Their section below <c>Webstream</c>.</summary>
    public const string Section = "Log";

    /// <summary>Where a process without Redis keeps its history; none: on disk, where that is possible (<see cref="Hosting.HistoryPlace"/>).</summary>
    [EnumDataType(typeof(HistoryStore), ErrorMessage = "Webstream__Log__Store is disk or memory. Leave it out for disk where the state folder can be written.")]
    public HistoryStore? Store { get; set; }

    /// <summary>The file of the history on disk; none: a file of the state folder, named after the port.</summary>
    public string? Path { get; set; }

    /// <summary>When the history on disk is synced.</summary>
    [EnumDataType(typeof(HistorySync), ErrorMessage = "Webstream__Log__Sync is always or everysec.")]
    public HistorySync Sync { get; set; } = HistorySync.Always;

    /// <summary>The most messages a stream retains.</summary>
    [Range(1, 10_000_000, ErrorMessage = "Webstream__Log__RetainedMessages is a number from 1 to 10000000, for example 10000.")]
    public int RetainedMessages { get; set; } = 10_000;

    /// <summary>The most bytes a stream retains.</summary>
    [Range(1024, long.MaxValue, ErrorMessage = "Webstream__Log__RetainedBytes is a number of bytes from 1024 up, for example 16777216.")]
    public long RetainedBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>How long a message is retained.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "3650.00:00:00", ErrorMessage = "Webstream__Log__Retention is a time from one second up, for example 1.00:00:00 for a day.")]
    public TimeSpan Retention { get; set; } = TimeSpan.FromHours(24);

    /// <summary>The most messages that a stream's own setting may ask for.</summary>
    [Range(1, 10_000_000, ErrorMessage = "Webstream__Log__MaxRetainedMessages is a number from 1 to 10000000, for example 1000000.")]
    public int MaxRetainedMessages { get; set; } = 1_000_000;

    /// <summary>The most bytes that a stream's own setting may ask for.</summary>
    [Range(1024, long.MaxValue, ErrorMessage = "Webstream__Log__MaxRetainedBytes is a number of bytes from 1024 up, for example 1073741824.")]
    public long MaxRetainedBytes { get; set; } = 1024 * 1024 * 1024;

    /// <summary>The longest retention that a stream's own setting may ask for.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "3650.00:00:00", ErrorMessage = "Webstream__Log__MaxRetention is a time from one second up, for example 366.00:00:00 for a year.")]
    public TimeSpan MaxRetention { get; set; } = TimeSpan.FromDays(366);

    /// <summary>
    /// The most bytes of memory that the messages and keys of all streams together take, as objects. Beyond it the largest streams lose their
    /// oldest messages first. None: a part of the memory limit (<see cref="Memory.MemoryBudget"/>).
    /// </summary>
    [Range(1024, long.MaxValue, ErrorMessage = "Webstream__Log__TotalBytes is a number of bytes from 1024 up, for example 268435456. Leave it out for a part of the memory limit.")]
    public long? TotalBytes { get; set; }

    /// <summary>
    /// The most streams kept. A push to a further stream is refused, unless the quietest stream gives way: see <see cref="QuietFor"/>.
    /// </summary>
    [Range(1, 10_000_000, ErrorMessage = "Webstream__Log__MaxStreams is a number from 1 to 10000000, for example 10000.")]
    public int MaxStreams { get; set; } = 10_000;

    /// <summary>How long a stream must have had no push before it may give way to a new one. Nobody may listen to it.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "3650.00:00:00", ErrorMessage = "Webstream__Log__QuietFor is a time from one second up, for example 01:00:00 for an hour.")]
    public TimeSpan QuietFor { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The larger bounds of a history on disk. What a person has set is bound after this.</summary>
    internal void BeginOnDisk() => (RetainedMessages, RetainedBytes, Retention) = (100_000, 256 * 1024 * 1024, TimeSpan.FromDays(7));
}
