namespace Webstream.Grains.History;

/// <summary>Where a process without Redis keeps its histories.</summary>
public enum HistoryStore
{
    /// <summary>In the memory of the process: they end with it.</summary>
    Memory,

    /// <summary>In a file.</summary>
    Disk,
}
